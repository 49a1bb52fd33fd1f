/** Are two decoded things the same? Plain objects, arrays, octets and primitives; several times faster than Node's. */
export function deepEqual(one, other) {
  if (Object.is(one, other)) return true
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false
  if (ArrayBuffer.isView(one) || Array.isArray(one)) {
    if (one.length !== other.length) return false
    for (let index = 0; index < one.length; index++) if (!deepEqual(one[index], other[index])) return false
    return true
  }
  const names = Object.keys(one)
  if (names.length !== Object.keys(other).length) return false
  return names.every(name => Object.hasOwn(other, name) && deepEqual(one[name], other[name]))
}
