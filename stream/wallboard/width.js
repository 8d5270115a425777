// How wide a value is in the reader's own font: fonts differ by a third, and a figure that is cut off is a wrong one.

const SAMPLE_PX = 100;
const context = document.createElement("canvas").getContext("2d");
// Of a unit: what board.css puts before it, and between it and figures that follow.
const BEFORE_UNIT_EM = 0.08;
const AFTER_UNIT_EM = 0.25;

/** Width of the parts in em of the figures; units are drawn at `unitSize` of them, all in bold. */
export function widthInEm(shown, unitSize) {
  context.font = `700 ${SAMPLE_PX}px ${getComputedStyle(document.body).fontFamily}`;
  return shown.reduce((em, { text, unit }, place) => {
    // Figures are drawn tabular, whatever they are.
    const width = context.measureText(text.replace(/\d/g, "0")).width / SAMPLE_PX;
    const space = unit ? BEFORE_UNIT_EM + (place < shown.length - 1 ? AFTER_UNIT_EM : 0) : 0;
    return em + (width + space) * (unit ? unitSize : 1);
  }, 0);
}
