// The expression engine uses two library functions that Chrome 87 and Safari 15 lack. This module must be imported before it.

if (!('hasOwn' in Object)) {
  Object.defineProperty(Object, 'hasOwn', {
    configurable: true,
    writable: true,
    value: (o: object, k: PropertyKey) => Object.prototype.hasOwnProperty.call(o, k),
  })
}
if (!('at' in Array.prototype)) {
  Object.defineProperty(Array.prototype, 'at', {
    configurable: true,
    writable: true,
    value(this: unknown[], i: number) {
      return this[i < 0 ? this.length + i : i]
    },
  })
}

export {}
