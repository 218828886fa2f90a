/** A view as JSON with the value at `path` (`data.own.0`) replaced; `undefined`: taken out. */
export function changed(view: unknown, path: string, value: unknown): unknown {
  const copy: unknown = JSON.parse(JSON.stringify(view))
  const keys = path.split('.')
  let object = copy as Record<string, unknown> // JSON's objects and lists are read by their keys
  for (const key of keys.slice(0, -1)) object = object[key] as Record<string, unknown>
  object[keys[keys.length - 1]] = value
  return copy
}
