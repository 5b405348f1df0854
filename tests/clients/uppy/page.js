// Uppy's own S3 multipart plugin, as it comes from npm: its hooks are mapped onto the routes of the API.
import Uppy from '@uppy/core'
import AwsS3 from '@uppy/aws-s3'

const settings = new URLSearchParams(location.search)
const api = settings.get('api')

/** Asks the API, and answers its JSON. A refusal is an error that says why. */
async function ask(method, path, body, headers = {}) {
  const response = await fetch(api + path, {
    method,
    headers: { authorization: `Bearer ${settings.get('key')}`, 'content-type': 'application/json', ...headers },
    body: body && JSON.stringify(body),
  })
  const answer = await response.json()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`)
  return answer
}

async function hex(blob) {
  const digest = await crypto.subtle.digest('SHA-256', await blob.arrayBuffer())
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

const hooks = {
  // The size of all parts but the last, as the API plans it.
  getChunkSize: () => 8 * 1024 * 1024,
  async createMultipartUpload(file) {
    const announcement = {
      filename: file.name,
      content_type: file.type,
      size_bytes: file.size,
      sha256: await hex(file.data),
      multipart: true,
    }
    const upload = await ask('POST', '/v1/uploads', announcement, { 'idempotency-key': file.meta.key })
    return { uploadId: upload.id, key: upload.id }
  },
  async signPart(_file, { uploadId, partNumber }) {
    const page = await ask('GET', `/v1/uploads/${uploadId}/parts?from=${partNumber}&limit=1`)
    return page.data[0].request
  },
  async listParts(_file, { uploadId }) {
    const parts = []
    for (let from = 1; from; ) {
      const page = await ask('GET', `/v1/uploads/${uploadId}/parts?from=${from}&limit=100`)
      const arrived = page.data.filter((part) => part.arrived)
      parts.push(...arrived.map(({ number, arrived: { etag, size_bytes } }) =>
        ({ PartNumber: number, ETag: etag, Size: size_bytes })))
      from = page.next_from
    }
    return parts
  },
  async completeMultipartUpload(_file, { uploadId, parts }) {
    const named = parts.map(({ PartNumber, ETag }) => ({ number: PartNumber, etag: ETag }))
    const upload = await ask('POST', `/v1/uploads/${uploadId}/complete`, { parts: named })
    return { location: upload.links.self }
  },
  async abortMultipartUpload(_file, { uploadId }) {
    await ask('POST', `/v1/uploads/${uploadId}/abort`, {})
  },
}

/** A file that is the same every time. */
function file(name, bytes) {
  const content = new Uint8Array(bytes)
  for (let index = 0; index < bytes; index += 1) content[index] = (index * 31 + (index >> 13)) & 255
  return new File([content], name, { type: 'application/octet-stream' })
}

/** Begins to upload a file, or goes on with it where `resumed` is what Uppy knew of it before. */
window.begin = (name, bytes, resumed) => {
  const uppy = new Uppy({ autoProceed: false })
  uppy.use(AwsS3, { limit: 1, shouldUseMultipart: true, ...hooks })
  const id = uppy.addFile({ name, type: 'application/octet-stream', data: file(name, bytes), meta: { key: name } })
  if (resumed) uppy.setFileState(id, { s3Multipart: resumed })
  window.state = { parts: 0, known: null, ended: null }
  uppy.on('s3-multipart:part-uploaded', () => {
    window.state.parts += 1
    const { key, uploadId } = uppy.getFile(id)?.s3Multipart ?? {}
    window.state.known = uploadId ? { key, uploadId } : null
  })
  uppy.upload().then(
    (result) => { window.state.ended = { failed: result.failed.map((failed) => failed.error) } },
    (error) => { window.state.ended = { failed: [String(error)] } },
  )
  window.cancel = () => uppy.cancelAll()
}
window.read = (id) => ask('GET', `/v1/uploads/${id}`)
