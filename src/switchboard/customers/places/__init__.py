"""Where people live: a country, region and city as somebody wrote them come in, one place with coordinates goes out."""
