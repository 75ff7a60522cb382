// SHA-256 (FIPS 180-4) in plain code: crypto.subtle exists only on HTTPS, and county offices start on http://.

const K = new Uint32Array(64)
const H0 = new Uint32Array(8)

// The constants are the fractional parts of the roots of the first primes; computing them is shorter and safer than typing 72 numbers.
;(function constants() {
  let n = 0
  for (let p = 2; n < 64; p += 1) {
    let prime = true
    for (let d = 2; d * d <= p; d += 1) if (p % d === 0) { prime = false; break }
    if (!prime) continue
    if (n < 8) H0[n] = fraction(Math.sqrt(p))
    K[n] = fraction(Math.cbrt(p))
    n += 1
  }
})()

function fraction(x: number): number {
  return ((x - Math.floor(x)) * 4294967296) >>> 0
}

const at = (a: Uint32Array, i: number): number => a[i] as number
const rotr = (x: number, n: number): number => (x >>> n) | (x << (32 - n))

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function bytesToHex(bytes: Uint8Array): string {
  let out = ''
  for (const b of bytes) out += b.toString(16).padStart(2, '0')
  return out
}

/** SHA-256 of the bytes, or of the text's UTF-8, as 64 lower-case hex digits. */
export function sha256Hex(input: Uint8Array | string): string {
  const data = typeof input === 'string' ? utf8(input) : input
  const padded = new Uint8Array((((data.length + 8) >> 6) + 1) << 6)
  padded.set(data)
  padded[data.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setUint32(padded.length - 8, Math.floor(data.length / 0x20000000))
  view.setUint32(padded.length - 4, (data.length << 3) >>> 0)
  const h = Uint32Array.from(H0)
  const w = new Uint32Array(64)
  for (let block = 0; block < padded.length; block += 64) {
    for (let i = 0; i < 16; i += 1) w[i] = view.getUint32(block + i * 4)
    compress(h, w)
  }
  return [...h].map((x) => x.toString(16).padStart(8, '0')).join('')
}

function compress(h: Uint32Array, w: Uint32Array): void {
  for (let i = 16; i < 64; i += 1) {
    const x = at(w, i - 15)
    const y = at(w, i - 2)
    const s0 = rotr(x, 7) ^ rotr(x, 18) ^ (x >>> 3)
    const s1 = rotr(y, 17) ^ rotr(y, 19) ^ (y >>> 10)
    w[i] = (at(w, i - 16) + s0 + at(w, i - 7) + s1) | 0
  }
  let [a, b, c, d, e, f, g, k] = [...h] as [number, number, number, number, number, number, number, number]
  for (let i = 0; i < 64; i += 1) {
    const s1 = rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)
    const t1 = (k + s1 + ((e & f) ^ (~e & g)) + at(K, i) + at(w, i)) | 0
    const s0 = rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
    k = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0
  }
  ;[a, b, c, d, e, f, g, k].forEach((x, i) => { h[i] = (at(h, i) + x) | 0 })
}
