// OpenAI and Anthropic, as far as a credential is tested: `GET /v1/models` of both, each with one key that is good.

import { createServer } from "node:http";
import { renameSync, writeFileSync } from "node:fs";

const [portFile] = process.argv.slice(2);
const { OPENAI_GOOD, ANTHROPIC_GOOD } = process.env;

const server = createServer((request, response) => {
  const { authorization, "x-api-key": key, "anthropic-version": version } = request.headers;
  const answer = (status, body) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  };
  if (request.method !== "GET" || !request.url.startsWith("/v1/models")) return answer(404, {});
  const good = key === undefined ? authorization === `Bearer ${OPENAI_GOOD}` : key === ANTHROPIC_GOOD && version !== undefined;
  return good ? answer(200, { data: [] }) : answer(401, { error: { message: `you sent ${authorization ?? key}` } });
});
server.listen(0, "127.0.0.1", () => {
  writeFileSync(`${portFile}.new`, String(server.address().port));
  renameSync(`${portFile}.new`, portFile);
});
