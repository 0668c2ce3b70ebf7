/** A document of the docs folder, made into HTML while the page is built. */
declare module "*.md" {
  export interface DocumentSection {
    readonly id: string;
    readonly level: number;
    readonly title: string;
    readonly anchors: readonly string[];
    readonly html: string;
  }
  export const sections: readonly DocumentSection[];
}
