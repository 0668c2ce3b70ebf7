/** A chart on the page as a PNG: its SVG on the card's background, under its title. */

const SHARPNESS = 2; // pixels of the picture for one of the page
const MARGIN = 16;
const TITLE = 34;
const KEYS = 24;

export interface PictureKey {
  readonly name: string;
  /** A variable of the page's colours, such as --rp-accent. */
  readonly colour: string;
}

/** The chart with that `data-chart`, drawn; null where there is none. */
export async function pictureOf(
  name: string,
  title: string,
  keys: readonly PictureKey[],
): Promise<Blob | null> {
  const drawn = document.querySelector(`[data-chart="${CSS.escape(name)}"] svg`);
  if (!(drawn instanceof SVGSVGElement)) return null;
  const { width, height } = drawn.getBoundingClientRect();
  const image = await loaded(
    `data:image/svg+xml;charset=utf-8,${encodeURIComponent(alone(drawn, width, height))}`,
  );
  const canvas = document.createElement("canvas");
  canvas.width = (width + 2 * MARGIN) * SHARPNESS;
  canvas.height = (height + TITLE + KEYS + MARGIN) * SHARPNESS;
  const pen = canvas.getContext("2d");
  if (pen === null) return null;
  pen.scale(SHARPNESS, SHARPNESS);
  pen.fillStyle = colourOf("--rp-surface");
  pen.fillRect(0, 0, width + 2 * MARGIN, height + TITLE + KEYS + MARGIN);
  pen.textBaseline = "middle";
  paintTitle(pen, title, width);
  paintKeys(pen, keys);
  pen.drawImage(image, MARGIN, TITLE + KEYS, width, height);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

/** An SVG that stands without the page: with a size and its namespaces. */
export function alone(drawn: SVGSVGElement, width: number, height: number): string {
  const copy = drawn.cloneNode(true) as SVGSVGElement;
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  return new XMLSerializer().serializeToString(copy);
}

function paintTitle(pen: CanvasRenderingContext2D, title: string, width: number): void {
  pen.fillStyle = colourOf("--mantine-color-text");
  pen.font = "600 15px system-ui, sans-serif";
  pen.fillText(title, MARGIN, TITLE / 2 + 4, width);
}

function paintKeys(pen: CanvasRenderingContext2D, keys: readonly PictureKey[]): void {
  pen.font = "12.5px system-ui, sans-serif";
  let x = MARGIN;
  for (const { name, colour } of keys) {
    pen.fillStyle = colourOf(colour);
    pen.fillRect(x, TITLE + KEYS / 2 - 2, 14, 3);
    pen.fillStyle = colourOf("--mantine-color-dimmed");
    pen.fillText(name, x + 20, TITLE + KEYS / 2);
    x += 20 + pen.measureText(name).width + 18;
  }
}

function colourOf(variable: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(variable).trim();
}

function loaded(address: string): Promise<HTMLImageElement> {
  return new Promise((done, failed) => {
    const image = new Image();
    image.onload = () => done(image);
    image.onerror = () => failed(new Error("the picture cannot be drawn"));
    image.src = address;
  });
}
