// Text of a notebook as HTML that can do nothing: Markdown without HTML of its own, formulas as MathML.
import MarkdownIt from 'markdown-it'
import temml from 'temml'
import { escape } from './gallery-html.mjs'

/** Tags that a lecture's text may use as they stand, without attributes. */
const TAGS =
  /^<\/?(?:details|summary|b|i|em|strong|s|u|sub|sup|kbd|code|br|hr|p|div|span|table|thead|tbody|tr|td|th|ul|ol|li|blockquote)\s*\/?>$/i
const TAG = /<\/?[a-zA-Z][^<>]*>/g

/** HTML of a text: known tags without attributes stay, everything else is written out. @param {string} html */
export function harmless(html) {
  let out = ''
  let at = 0
  const text = html.replace(/<!--[\s\S]*?-->/g, '')
  for (const { 0: tag, index } of text.matchAll(TAG)) {
    out += escape(text.slice(at, index)) + (TAGS.test(tag) ? tag.toLowerCase() : escape(tag))
    at = index + tag.length
  }
  return out + escape(text.slice(at))
}

/** `$…$` and `$$…$$`, as in Jupyter. */
function formulas(md) {
  const rule = (state, silent) => {
    const { src, pos } = state
    if (src[pos] !== '$' || src[pos - 1] === '\\') return false
    const mark = src[pos + 1] === '$' ? '$$' : '$'
    const end = src.indexOf(mark, pos + mark.length)
    if (end < 0) return false
    const content = src.slice(pos + mark.length, end)
    // "costs $5 or $6" holds no formula.
    if (
      !content.trim() ||
      (mark === '$' && (/^\s|\s$/.test(content) || /\d/.test(src[end + 1] ?? '')))
    )
      return false
    if (!silent) {
      const token = state.push('formula', 'math', 0)
      token.content = content
      token.markup = mark
    }
    state.pos = end + mark.length
    return true
  }
  md.inline.ruler.before('escape', 'formula', rule)
  md.renderer.rules.formula = (tokens, i) => {
    const { content, markup } = tokens[i]
    return temml.renderToString(content, {
      displayMode: markup === '$$',
      throwOnError: false,
      trust: false,
      maxSize: [20, 20],
      maxExpand: 200,
    })
  }
}

/** Images in a page that asks for nothing: those of the data given, by name. @typedef {(source: string) => string | null} Images */

const md = new MarkdownIt({ html: true, linkify: false, typographer: false })
md.use(formulas)
md.renderer.rules.html_block = (tokens, i) => harmless(tokens[i].content)
md.renderer.rules.html_inline = (tokens, i) => harmless(tokens[i].content)
md.renderer.rules.image = (tokens, i, _options, env) => {
  const token = tokens[i]
  const url = env.images(token.attrGet('src') ?? '')
  const alt = escape(token.content)
  return url
    ? `<img src="${escape(url)}" alt="${alt}">`
    : `<span class="no-image">${alt || 'image'}</span>`
}
const link =
  md.renderer.rules.link_open ??
  ((tokens, i, options, _env, self) => self.renderToken(tokens, i, options))
md.renderer.rules.link_open = (tokens, i, options, env, self) => {
  tokens[i].attrSet('rel', 'noopener noreferrer')
  return link(tokens, i, options, env, self)
}
/** Links lead to pages, places and files beside this one; nothing else is a link. */
md.validateLink = url => {
  const text = url.trim().toLowerCase()
  return (
    /^(https?:|mailto:|attachment:|#)/.test(text) || !/^[a-z][a-z0-9+.-]*:|^[/\\]{2}/.test(text)
  )
}

/** @param {string} text @param {Images} images */
export const markdown = (text, images) => md.render(text, { images })
