"""The embedded PostgreSQL: started from a wheel's binaries, or joined when it already runs.

* One starts at a time (a lock file); the others join.
* Alive means it answers the protocol, never that a process id exists.
* What a killed server left is removed only when its process is not our server: ids are used again.
* Whoever uses the server holds a shared lock, and the last one out stops it.
* A new data directory is made under another name and renamed: kill -9 in between leaves litter, which
  the next start removes.
* Only the account that runs Switchboard, and root, may connect, and over the socket alone.
* PostgreSQL refuses to run as root, so root starts it as an account that exists already.
"""

from switchboard.foundation.embedded.server import Embedded

__all__ = ["Embedded"]
