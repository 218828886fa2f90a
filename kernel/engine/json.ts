/** JSON as messages carry it: every client can read it, and a notebook that holds it can be saved. */

/**
 * JSON whose strings are Unicode: half a surrogate pair becomes U+FFFD, as in a web page. `JSON.stringify` escapes it, and what
 * Python reads from the escape cannot be written to a file again.
 * @param json as `JSON.stringify` makes it
 */
export const wellFormed = (json: string): string =>
  json.includes('\\ud')
    ? json.replace(/\\(?:\\|ud[89a-f][0-9a-f]{2})/g, escape =>
        escape === '\\\\' ? escape : '\\ufffd',
      )
    : json
