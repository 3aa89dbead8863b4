// The WebSocket transport of the design, as it is but for its types.

export class WebSocketTransport {
  #socket
  #messageQueue = []
  #waiters = []
  #closed = false
  #error = null

  constructor(socket) {
    this.#socket = socket

    socket.addEventListener('message', (event) => {
      const message = typeof event.data === 'string'
        ? event.data
        : new TextDecoder().decode(event.data)

      const waiter = this.#waiters.shift()
      if (waiter) {
        waiter(message)
      } else {
        this.#messageQueue.push(message)
      }
    })

    socket.addEventListener('close', () => {
      this.#closed = true
      // Reject all pending waiters
      for (const waiter of this.#waiters) {
        // This will cause receive() to throw
      }
    })

    socket.addEventListener('error', (event) => {
      this.#error = event
    })
  }

  async send(message) {
    if (this.#closed) {
      throw new Error('WebSocket is closed')
    }
    this.#socket.send(message)
  }

  async receive() {
    // Return queued message if available
    const queued = this.#messageQueue.shift()
    if (queued) return queued

    if (this.#closed) {
      throw new Error('WebSocket is closed')
    }

    // Wait for next message
    return new Promise((resolve, reject) => {
      this.#waiters.push(resolve)
    })
  }

  abort(reason) {
    this.#error = reason
    this.#socket.close(1000, String(reason))
  }

  async close() {
    this.#socket.close(1000, 'Client closed')
    this.#closed = true
  }
}

/**
 * Create WebSocket transport to endpoint.
 */
export async function createWebSocketTransport(
  url,
  options
) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url)

    const timeout = options?.timeout ?? 30000
    const timer = setTimeout(() => {
      socket.close()
      reject(new Error(`WebSocket connection timeout after ${timeout}ms`))
    }, timeout)

    socket.addEventListener('open', () => {
      clearTimeout(timer)
      resolve(new WebSocketTransport(socket))
    })

    socket.addEventListener('error', (event) => {
      clearTimeout(timer)
      reject(new Error('WebSocket connection failed'))
    })
  })
}
