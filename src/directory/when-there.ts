/**
 * Applies a function to a value now, or once it is there. A view answers at once and a store later; what is at hand takes no
 * turn of the event loop, which on the fast path is a good part of what a call costs.
 */
export function whenThere<T, U>(value: T | Promise<T>, apply: (value: T) => U | Promise<U>): U | Promise<U> {
  return value instanceof Promise ? value.then(apply) : apply(value)
}
