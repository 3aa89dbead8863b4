// The stdio transport of the design, as it is but for its types.

export class StdioTransport {
  #stdin
  #stdout
  #messageQueue = []
  #waiters = []
  #buffer = ''
  #closed = false

  constructor(stdin, stdout) {
    this.#stdin = stdin
    this.#stdout = stdout

    // Parse NDJSON from stdin
    stdin.on('data', (chunk) => {
      const text = typeof chunk === 'string'
        ? chunk
        : new TextDecoder().decode(chunk)

      this.#buffer += text

      // Process complete lines
      let newlineIndex
      while ((newlineIndex = this.#buffer.indexOf('\n')) !== -1) {
        const line = this.#buffer.slice(0, newlineIndex)
        this.#buffer = this.#buffer.slice(newlineIndex + 1)

        if (line.trim()) {
          const waiter = this.#waiters.shift()
          if (waiter) {
            waiter(line)
          } else {
            this.#messageQueue.push(line)
          }
        }
      }
    })

    stdin.on('end', () => {
      this.#closed = true
    })
  }

  async send(message) {
    if (this.#closed) {
      throw new Error('Stdio transport is closed')
    }
    // Write as NDJSON
    this.#stdout.write(message + '\n')
  }

  async receive() {
    const queued = this.#messageQueue.shift()
    if (queued) return queued

    if (this.#closed) {
      throw new Error('Stdio transport is closed')
    }

    return new Promise((resolve) => {
      this.#waiters.push(resolve)
    })
  }

  abort(reason) {
    this.#closed = true
    this.#stdout.end()
  }

  async close() {
    this.#closed = true
    this.#stdout.end()
  }
}
