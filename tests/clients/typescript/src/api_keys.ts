/** The life of an API key: made, used within its scopes, rotated, revoked. */

import { randomUUID } from "node:crypto";

import { type Api, apiOf, assert, expect, expectProblem } from "./stack.js";

const NAME = "made by the generated client";

export async function liveThroughAnApiKey(api: Api, url: string): Promise<void> {
  const { id, secret } = await create(api);
  const limited = apiOf(url, secret);
  await expect(200, limited.GET("/v1/uploads"));
  const body = { filename: "a", content_type: "text/plain", size_bytes: 1 };
  const refused = await expectProblem(403, limited.POST("/v1/uploads", { body }));
  assert(refused.code.length > 0 && refused.request_id.length > 0, "a problem has no code");

  const params = { path: { id }, header: { "Idempotency-Key": randomUUID() } };
  const rotated = await expect(201, api.POST("/v1/api-keys/{id}/rotate", { params, body: { overlap_seconds: 3600 } }));
  const next = rotated.data.secret;
  assert(next != null && next !== secret, "rotating a key shows no new secret");
  await expect(200, apiOf(url, next).GET("/v1/uploads"));
  await expect(200, limited.GET("/v1/uploads"));

  await revoke(api, id);
}

async function create(api: Api): Promise<{ id: string; secret: string }> {
  const params = { header: { "Idempotency-Key": randomUUID() } };
  const created = await expect(201, api.POST("/v1/api-keys", { params, body: { name: NAME, scopes: ["uploads:read"] } }));
  const { id, secret, state } = created.data;
  assert(secret != null && state === "active", "a new key does not work");
  return { id, secret };
}

/** Copies of the secret work up to a minute longer, so that it is the key that is looked at. */
async function revoke(api: Api, id: string): Promise<void> {
  const { response } = await api.DELETE("/v1/api-keys/{id}", { params: { path: { id } } });
  assert(response.status === 204, `revoking the key was answered with ${response.status}`);
  const { data: key } = await expect(200, api.GET("/v1/api-keys/{id}", { params: { path: { id } } }));
  assert(key.state === "revoked" && key.revoked_at != null, `a revoked key is ${key.state}`);
  const { data: page } = await expect(200, api.GET("/v1/api-keys", { params: { query: { limit: 100 } } }));
  assert(page.data.some((listed) => listed.id === id && listed.name === NAME), "the key is not listed");
}
