// Drives Uppy in a browser against a running stack: straight through, interrupted and resumed, and given up.
//
//   node drive.js <state folder of `cargo dev`>/dev.json        CHROMIUM=/usr/bin/chromium unless set
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { build } from 'esbuild'
import { chromium } from 'playwright-core'

const MEBIBYTE = 1024 * 1024
/** Four parts, the last of which is short. */
const BYTES = 24 * MEBIBYTE + 12345
const PARTS = 4
const DEADLINE = { timeout: 120_000, polling: 50 }

const { url, api_key: key } = JSON.parse(await readFile(process.argv[2], 'utf8'))
const bundle = await build({ entryPoints: [new URL('page.js', import.meta.url).pathname], bundle: true, write: false,
  format: 'esm', logLevel: 'error' })
const files = {
  '/': ['text/html', await readFile(new URL('page.html', import.meta.url))],
  '/page.js': ['text/javascript', bundle.outputFiles[0].contents],
}
const server = createServer((request, response) => {
  const [type, content] = files[new URL(request.url, 'http://page').pathname] ?? ['text/plain', '']
  response.setHeader('content-type', type).end(content)
})
await new Promise((listening) => server.listen(0, '127.0.0.1', listening))
const address = `http://127.0.0.1:${server.address().port}/?${new URLSearchParams({ api: url, key })}`
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: process.getuid() === 0 ? ['--no-sandbox'] : [],
})

/** A fresh page, the parts that it began to send, and those of which it got the answer. */
async function open() {
  const page = await browser.newPage()
  const [begun, sent] = [[], []]
  const note = (parts) => (request) => {
    if (request.method() === 'PUT') parts.push(Number(new URL(request.url()).searchParams.get('partNumber')))
  }
  page.on('request', note(begun))
  page.on('requestfinished', note(sent))
  page.on('pageerror', (error) => console.error(error))
  await page.goto(address)
  await page.waitForFunction(() => window.begin)
  return { page, begun, sent }
}

/** Waits for Uppy to end, and for the upload to be what it becomes. */
async function ended(page, id) {
  await page.waitForFunction(() => window.state.ended, null, DEADLINE)
  assert.deepEqual(await page.evaluate(() => window.state.ended.failed), [])
  return final(page, id)
}

/** The upload once it changes no more. */
async function final(page, id) {
  for (const end = Date.now() + DEADLINE.timeout; Date.now() < end; await new Promise((wake) => setTimeout(wake, 200))) {
    const upload = await page.evaluate((id) => window.read(id), id)
    if (!['pending', 'received', 'processing'].includes(upload.state)) return upload
  }
  throw new Error(`the upload ${id} does not end`)
}

const run = `${process.pid}-${process.hrtime.bigint()}`
const knownAfter = async (page, parts) => {
  await page.waitForFunction((parts) => window.state.parts >= parts && window.state.known, parts, DEADLINE)
  return page.evaluate(() => window.state.known)
}
const tests = {
  async 'a file goes straight through'() {
    const { page, sent } = await open()
    await page.evaluate(([name, bytes]) => window.begin(name, bytes), [`straight-${run}`, BYTES])
    const known = await knownAfter(page, 1)
    const upload = await ended(page, known.uploadId)
    assert.equal(upload.state, 'ready')
    assert.deepEqual(sent.sort(), [1, 2, 3, 4])
    await page.close()
  },
  async 'an upload that was interrupted goes on where it was'() {
    const { page, begun, sent } = await open()
    await page.evaluate(([name, bytes]) => window.begin(name, bytes), [`interrupted-${run}`, BYTES])
    const known = await knownAfter(page, 2)
    // In the middle of whatever it does.
    await page.reload()
    await page.waitForFunction(() => window.begin)
    const before = sent.length
    assert.ok(before >= 2 && before <= PARTS, `${before} parts were sent`)
    await page.evaluate(([name, bytes, known]) => window.begin(name, bytes, known), [`interrupted-${run}`, BYTES, known])
    const upload = await ended(page, known.uploadId)
    assert.equal(upload.state, 'ready')
    assert.ok(sent.length <= PARTS + 1, `parts that had arrived were sent again: ${sent}`)
    // A part may have arrived whose answer the interruption cut off.
    assert.deepEqual([...new Set(begun)].sort(), [1, 2, 3, 4])
    await page.close()
  },
  async 'an upload that is cancelled is given up'() {
    const { page } = await open()
    await page.evaluate(([name, bytes]) => window.begin(name, bytes), [`cancelled-${run}`, BYTES])
    const known = await knownAfter(page, 1)
    await page.evaluate(() => window.cancel())
    assert.equal((await final(page, known.uploadId)).state, 'aborted')
    await page.close()
  },
}

let failures = 0
for (const [name, test] of Object.entries(tests)) {
  try {
    await test()
    console.log(`ok      ${name}`)
  } catch (error) {
    failures += 1
    console.log(`FAILED  ${name}\n${error.stack}`)
  }
}
await browser.close()
server.close()
process.exit(failures ? 1 : 0)
