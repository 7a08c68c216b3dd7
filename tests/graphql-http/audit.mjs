// Runs the 61 audits of graphql-http against the control plane of the environment and fails unless every one is ok.
// GET is taken only with Authorization, so each request carries the token.
import { serverAudits } from "graphql-http";

const url = `${process.env.AI_SETU_API_BASE_URL}/graphql`;
const authorization = `Bearer ${process.env.AI_SETU_PAT}`;

const audits = serverAudits({
  url,
  fetchFn: (target, init = {}) => fetch(target, { ...init, headers: { ...init.headers, authorization } }),
});

const results = await Promise.all(audits.map(({ fn }) => fn()));
for (const { id, name, status, reason } of results.filter(({ status }) => status !== "ok")) {
  console.error(`${status}: ${id} ${name}: ${reason}`);
}
const ok = results.filter(({ status }) => status === "ok").length;
console.log(`${ok} of ${results.length} audits ok`);
process.exit(ok === results.length && results.length >= 61 ? 0 : 1);
