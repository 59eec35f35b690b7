// A certified OpenID provider whose access tokens are for the resource servers that are asked for (RFC 8707, RFC 9068).
const [, , packages, port, resource] = process.argv;
const { Provider } = await import(`${packages}/oidc-provider/lib/index.js`);

const scopes = "mcp:read mcp:contact mcp:write other";
const secret = { client_secret: "a-secret-of-this-test", redirect_uris: ["http://127.0.0.1:9/back"] };
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    { client_id: "assistant", ...secret, response_types: ["code"], grant_types: ["authorization_code"] },
    ...["robot", "stranger"].map((client_id) => ({
      client_id, ...secret, redirect_uris: [], response_types: [], grant_types: ["client_credentials"],
    })),
  ],
  scopes: scopes.split(" "),
  claims: { openid: ["sub"], email: ["email", "email_verified"] },
  cookies: { keys: ["of this test"] },
  pkce: { required: () => true },
  extraTokenClaims: (_, token) => token.accountId && {
    email: `${token.accountId}@example.com`, email_verified: !token.accountId.startsWith("unverified"),
  },
  features: {
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => resource,
      useGrantedResource: () => true,
      getResourceServerInfo: (_, indicator) => ({
        scope: scopes, audience: indicator, accessTokenFormat: "jwt", accessTokenTTL: 600,
        jwt: { sign: { alg: "RS256" } },
      }),
    },
  },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
});
provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
