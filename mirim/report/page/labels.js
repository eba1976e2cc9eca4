// Names beside the spots of a chart, so that none covers another.
import {svgNode} from "./dom.js";

const ink = document.createElement("canvas").getContext("2d");

/** The width of a text in pixels as the charts write it. */
export function textWidth(text, {size = 12, weight = 400} = {}) {
  ink.font = `${weight} ${size}px ${getComputedStyle(document.body).fontFamily}`;
  return ink.measureText(text).width;
}

/** A text cut in its middle until it is no wider than `room`: names often differ only at their ends. */
export function cutTo(text, room, font) {
  if (textWidth(text, font) <= room) return text;
  const cut = (n) => `${text.slice(0, Math.ceil(n / 2))}…${text.slice(text.length - Math.floor(n / 2))}`;
  let n = text.length - 1;
  while (n > 0 && textWidth(cut(n), font) > room) --n;
  return n > 0 ? cut(n) : "";
}

const overlap = (a, b) => Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left)) * Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));
const around = ({x, y, r}) => ({left: x - r, right: x + r, top: y - r, bottom: y + r});

/** Where a label may stand: near the spot first, above and below before the slants, then farther away. */
function places({x, y, r, width, height}) {
  return [5, 16, 30, 48, 70, 96].flatMap((away, ring) => [...Array(16).keys()].map((i) => {
    const angle = (Math.PI * i) / 8;
    const [dx, dy] = [Math.cos(angle), Math.sin(angle)];
    const [cx, cy] = [x + dx * (r + away + width / 2), y + dy * (r + away + height / 2)];
    const slant = i % 8 === 4 ? 0 : i % 8 === 0 ? 1 : 3;
    return {left: cx - width / 2, right: cx + width / 2, top: cy - height / 2, bottom: cy + height / 2, effort: 40 * ring + slant};
  }));
}

const nearest = ({x, y}, box) => [Math.min(Math.max(x, box.left), box.right), Math.min(Math.max(y, box.top), box.bottom)];
const gap = (spot, box) => Math.hypot(...nearest(spot, box).map((v, i) => v - [spot.x, spot.y][i])) - spot.r;

/** The line from a spot to its label: from the spot's edge to the nearest point of the box; null if they are close. */
function leader(spot, box) {
  if (gap(spot, box) <= 12) return null;
  const {x, y, r} = spot, [toX, toY] = nearest(spot, box), way = Math.hypot(toX - x, toY - y);
  return {x1: x + (r * (toX - x)) / way, y1: y + (r * (toY - y)) / way, x2: toX, y2: toY};
}

/** Whether a leader goes through a box, looked at in ten places. */
const through = (line, box) => line !== null && [...Array(10).keys()].some((i) => {
  const [x, y] = [line.x1 + (i / 9) * (line.x2 - line.x1), line.y1 + (i / 9) * (line.y2 - line.y1)];
  return x > box.left && x < box.right && y > box.top && y < box.bottom;
});

/** What a place costs by itself: the most outside the frame, less on what is drawn or nearer to another spot, least for its distance. */
function ownCost(box, spot, {spots, drawn, frame}) {
  const outside = (box.right - box.left) * (box.bottom - box.top) - overlap(box, frame);
  const strange = spots.some((other) => other !== spot && (gap(other, box) < gap(spot, box) - 1 || through(box.line, around(other))));
  return drawn.reduce((sum, other) => sum + 8 * overlap(box, other), box.effort + 50 * outside + (strange ? 70 : 0));
}

/** What two labels cost together: overlapping, or the leader of one through the other. */
const together = (a, b) => 50 * overlap(a, b) + (through(a.line, b) || through(b.line, a) ? 300 : 0);

/**
 * A box for each spot {x, y, r, width, height} inside `frame`, away from the boxes of `others`. Each label takes the best place
 * that those before it leave, three times over; of the orders that begin with another spot the one that costs least is kept.
 */
export function placeLabels(spots, frame, others = []) {
  const where = {spots, frame, drawn: [...spots.map(around), ...others]};
  const choices = spots.map((spot) => places(spot).map((place) => {
    const box = {...place, line: leader(spot, place)};
    return {...box, cost: ownCost(box, spot, where)};
  }));
  let best = {total: Infinity, boxes: []};
  for (let first = 0; first < Math.min(spots.length, 8); ++first) {
    const boxes = spots.map(() => null);
    const cost = (box, i) => boxes.reduce((sum, other, k) => sum + (other && k !== i ? together(box, other) : 0), box.cost);
    for (let turn = 0; turn < 3 * spots.length; ++turn) {
      const i = (first + turn) % spots.length;
      const costs = choices[i].map((box) => cost(box, i));
      boxes[i] = choices[i][costs.indexOf(Math.min(...costs))];
    }
    const total = boxes.reduce((sum, box, i) => sum + cost(box, i), 0);
    if (total < best.total) best = {total, boxes};
  }
  return best.boxes;
}

/** Writes {x, y, r, lines: [text], bold} beside the spots of a drawn chart, with a thin line to those that stand far away. */
export function writeLabels(svg, spots, frame, others) {
  const sized = spots.map((s) => {
    const lines = s.lines.map((text) => cutTo(text, Math.min(180, frame.right - frame.left), {weight: 600}));
    return {...s, lines, width: Math.max(...lines.map((text) => textWidth(text, {weight: 600}))) + 4, height: 15 * lines.length};
  });
  const group = svgNode("g", {"aria-label": "labels", "font-size": 12, "text-anchor": "middle", "pointer-events": "none"});
  const boxes = placeLabels(sized, frame, others);
  for (const {line} of boxes) if (line) group.append(svgNode("line", {...line, stroke: "var(--quiet)", "stroke-width": 0.75}));
  boxes.forEach((box, i) => sized[i].lines.forEach((text, k) => group.append(svgNode("text", {x: (box.left + box.right) / 2, y: box.top + 15 * k + 11.5, fill: "var(--ink)",
    stroke: "var(--card)", "stroke-width": 4, "stroke-linejoin": "round", "paint-order": "stroke", "font-weight": sized[i].bold ? 600 : 400}, text))));
  // Before the tip, which is last, so that it covers the names.
  svg.insertBefore(group, svg.querySelector("[aria-label=tip]"));
  return svg;
}
