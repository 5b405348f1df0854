/** The running stack, and a client of its API whose types are made from the document that it serves. */

import { readFile } from "node:fs/promises";

import createClient, { type Client } from "openapi-fetch";

import type { components, paths } from "./api.js";

export type Api = Client<paths>;
export type Problem = components["schemas"]["Problem"];

export interface Stack {
  url: string;
  key: string;
}

/** Reads the `dev.json` of a state folder. */
export async function stack(path: string): Promise<Stack> {
  const ready: unknown = JSON.parse(await readFile(path, "utf8"));
  if (typeof ready !== "object" || ready === null || !("url" in ready) || !("api_key" in ready)) {
    throw new Error(`${path} does not say where the stack is`);
  }
  return { url: String(ready.url), key: String(ready.api_key) };
}

export function apiOf(url: string, key: string): Api {
  return createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${key}` } });
}

interface Answer<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** What the API answered, if it is of this status. */
export async function expect<Data>(status: number, asked: Promise<Answer<Data>>): Promise<{ data: Data; response: Response }> {
  const { data, error, response } = await asked;
  if (response.status !== status || data === undefined) {
    throw new Error(`${response.url} answered ${response.status}, not ${status}: ${JSON.stringify(error ?? data)}`);
  }
  return { data, response };
}

/** The problem that the API answered, if it is of this status. */
export async function expectProblem(status: number, asked: Promise<{ error?: Problem; response: Response }>): Promise<Problem> {
  const { error, response } = await asked;
  if (response.status !== status || error === undefined) {
    throw new Error(`${response.url} answered ${response.status}, not ${status}`);
  }
  return error;
}

interface Transfer {
  method: string;
  url: string;
  headers?: Record<string, string>;
}

/** Carries bytes to the storage as the API asked for it; returns the storage's tag of them. */
export async function send({ method, url, headers = {} }: Transfer, body: Uint8Array<ArrayBuffer>): Promise<string> {
  const sent = await fetch(url, { method, headers, body });
  assert(sent.ok, `the storage answered ${sent.status}: ${await sent.text()}`);
  return sent.headers.get("etag") ?? "";
}

export function assert(holds: boolean, otherwise: string): asserts holds {
  if (!holds) {
    throw new Error(otherwise);
  }
}
