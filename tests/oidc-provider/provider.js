// A certified OpenID provider (npm oidc-provider) on a loopback port, for the tests of signing in with others. Whoever
// logs in as NAME is NAME@example.com, verified unless the name begins with "unverified".
import { webcrypto } from "node:crypto";

// For Debian 12's Node.js 18.
globalThis.crypto ??= webcrypto;
URL.parse ??= (text, base) => (URL.canParse(text, base) ? new URL(text, base) : null);
const { Provider } = await import("oidc-provider");

const port = Number(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;
const redirect_uris = ["https://shop.example.com/callback"];
const client = (client_id, token_endpoint_auth_method) => ({
  client_id,
  redirect_uris,
  token_endpoint_auth_method,
  ...(token_endpoint_auth_method === "none" ? {} : { client_secret: `${client_id} secret: +/%` }),
});

const provider = new Provider(issuer, {
  clients: [client("basic", "client_secret_basic"), client("post", "client_secret_post"), client("public", "none")],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  conformIdTokenClaims: false,
  findAccount: (_, id) => ({
    accountId: id,
    claims: async () => ({
      sub: id,
      name: `${id} at the provider`,
      email: `${id}@example.com`,
      email_verified: !id.startsWith("unverified"),
    }),
  }),
  cookies: { keys: ["only tests see this"] },
});
provider.listen(port, "127.0.0.1", () => console.log(`listening at ${issuer}`));
