// Pictures of views, small and compared with patience: another Chromium has other fonts, but no other maps.
import type { Page } from 'playwright-core'

/** Width and largest height of a kept picture: letters melt to grey, maps stay. */
const [WIDTH, HEIGHT] = [320, 400]
/** Largest difference of a colour channel, of 255, that counts as the same. */
const SAME = 40

/** The browser finds out by itself which kind of picture it is. */
const url = (picture: Uint8Array): string =>
  `data:image/png;base64,${Buffer.from(picture).toString('base64')}`

/** A screenshot at 320 px, as WebP: the browser does the arithmetic. */
export async function small(page: Page, png: Uint8Array): Promise<Buffer> {
  const base64 = await page.evaluate(
    async ([source, width, most]) => {
      const image = new Image()
      image.src = source
      await image.decode()
      const canvas = document.createElement('canvas')
      canvas.width = width
      const height = Math.round((image.height * width) / image.width)
      canvas.height = Math.min(most, height)
      const g = canvas.getContext('2d')!
      g.imageSmoothingQuality = 'high'
      g.drawImage(image, 0, 0, width, height)
      return canvas.toDataURL('image/webp', 0.8).split(',')[1]
    },
    [url(png), WIDTH, HEIGHT] as const,
  )
  return Buffer.from(base64, 'base64')
}

/**
 * Share of the pixels that differ, 0 to 1, each compared with the nearest of its neighbourhood, so that a line may shift by a
 * pixel; 1 when the heights differ by more than a tenth.
 */
export function compare(page: Page, a: Uint8Array, b: Uint8Array): Promise<number> {
  return page.evaluate(
    async ([urls, same]) => {
      const images = await Promise.all(
        urls.map(async source => {
          const image = new Image()
          image.src = source
          await image.decode()
          return image
        }),
      )
      const [h1, h2] = images.map(i => i.height)
      if (Math.abs(h1 - h2) > 0.1 * Math.max(h1, h2)) return 1
      const { width } = images[0]
      const height = Math.min(h1, h2)
      const [p, q] = images.map(image => {
        const canvas = document.createElement('canvas')
        canvas.width = width
        canvas.height = height
        const g = canvas.getContext('2d', { willReadFrequently: true })!
        g.drawImage(image, 0, 0, width, height)
        return g.getImageData(0, 0, width, height).data
      })
      let differ = 0
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++) {
          let least = 255
          for (let dy = -1; dy <= 1; dy++)
            for (let dx = -1; dx <= 1; dx++) {
              if (y + dy < 0 || y + dy >= height || x + dx < 0 || x + dx >= width) continue
              const [m, n] = [4 * (y * width + x), 4 * ((y + dy) * width + x + dx)]
              least = Math.min(
                least,
                Math.max(...[0, 1, 2].map(c => Math.abs(p[m + c] - q[n + c]))),
              )
            }
          if (least > same) differ++
        }
      return differ / (width * height)
    },
    [[url(a), url(b)], SAME] as const,
  )
}
