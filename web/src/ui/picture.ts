/** A chart on the page as a PNG: its SVG on the card's background, under its title. */

const SHARPNESS = 2; // pixels of the picture for one of the page
const MARGIN = 16;
const TITLE = 34;

interface Colours {
  readonly surface: string;
  readonly text: string;
}

/** The chart with that `data-chart`, drawn; null where there is none. */
export async function pictureOf(name: string, title: string): Promise<Blob | null> {
  const drawn = document.querySelector(`[data-chart="${CSS.escape(name)}"] svg`);
  if (!(drawn instanceof SVGSVGElement)) return null;
  const { width, height } = drawn.getBoundingClientRect();
  const image = await loaded(`data:image/svg+xml;charset=utf-8,${encodeURIComponent(alone(drawn, width, height))}`);
  const canvas = document.createElement("canvas");
  canvas.width = (width + 2 * MARGIN) * SHARPNESS;
  canvas.height = (height + TITLE + MARGIN) * SHARPNESS;
  const pen = canvas.getContext("2d");
  if (pen === null) return null;
  pen.scale(SHARPNESS, SHARPNESS);
  paint(pen, image, title, { width, height });
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

function paint(
  pen: CanvasRenderingContext2D,
  image: HTMLImageElement,
  title: string,
  { width, height }: { readonly width: number; readonly height: number },
): void {
  const { surface, text } = colours();
  pen.fillStyle = surface;
  pen.fillRect(0, 0, width + 2 * MARGIN, height + TITLE + MARGIN);
  pen.fillStyle = text;
  pen.font = "600 15px system-ui, sans-serif";
  pen.textBaseline = "middle";
  pen.fillText(title, MARGIN, TITLE / 2 + 2, width);
  pen.drawImage(image, MARGIN, TITLE, width, height);
}

function colours(): Colours {
  const style = getComputedStyle(document.documentElement);
  return {
    surface: style.getPropertyValue("--rp-surface").trim() || "#fff",
    text: style.getPropertyValue("--mantine-color-text").trim() || "#000",
  };
}

function loaded(address: string): Promise<HTMLImageElement> {
  return new Promise((done, failed) => {
    const image = new Image();
    image.onload = () => done(image);
    image.onerror = () => failed(new Error("the picture cannot be drawn"));
    image.src = address;
  });
}
