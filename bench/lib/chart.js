'use strict';
// A row as a bar chart in SVG, readable on light and on dark pages.
const { amount } = require('./report');

const width = 760;
const names = 215;
const values = 100;
const line = 24;
const bar = 14;
const top = 46;

const style = `
  svg { font: 13px system-ui, sans-serif }
  .back { fill: #ffffff } text { fill: #1f2328 } .quiet { fill: #59636e }
  .native { fill: #6e7781 } .hostsock { fill: #0969da } .other { fill: #bf8700 } .spread { stroke: #1f2328 }
  @media (prefers-color-scheme: dark) {
    .back { fill: #0d1117 } text { fill: #e6edf3 } .quiet { fill: #9198a1 }
    .native { fill: #8b949e } .hostsock { fill: #4493f8 } .other { fill: #d29922 } .spread { stroke: #e6edf3 }
  }`;

/** SVG of a result, or null when nothing was measured. */
function chart({ title, unit, less, peers }) {
  const measured = Object.entries(peers).filter(([, { status }]) => status === 'measured');
  if (measured.length === 0) return null;
  const most = Math.max(...measured.map(([, { value }]) => value.max), Number.MIN_VALUE);
  const x = (value) => names + (Math.max(value, 0) / most) * (width - names - values);
  const height = top + measured.length * line + 10;
  const lines = measured.flatMap(([name, peer], index) => barOf(name, peer, top + index * line, x));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${escapeXml(title)}</title>
<style>${style}
</style>
<rect class="back" width="100%" height="100%"/>
<text x="10" y="18" font-weight="600">${escapeXml(title)}</text>
<text x="10" y="35" class="quiet">${escapeXml(unit)}, ${less ? 'less' : 'more'} is better; the thin line is from the least to the most of the rounds</text>
${lines.join('\n')}
</svg>
`;
}

function barOf(name, { title, value: { median, min, max } }, y, x) {
  const kind = /hostsock/.test(title) ? 'hostsock' : /native/.test(title) ? 'native' : 'other';
  const [middle, baseline] = [y + line / 2, y + line / 2 + 4.5];
  const from = round(x(min));
  const to = round(x(max));
  return [
    `<text x="${names - 8}" y="${baseline}" text-anchor="end">${escapeXml(name)}</text>`,
    `<rect class="${kind}" x="${names}" y="${middle - bar / 2}" width="${round(x(median) - names)}" height="${bar}" rx="2"/>`,
    `<line class="spread" x1="${from}" x2="${to}" y1="${middle}" y2="${middle}"/>`,
    `<text x="${Math.max(to, round(x(median))) + 8}" y="${baseline}">${amount(median)}</text>`,
  ];
}

function round(value) {
  return Number(value.toFixed(1));
}

function escapeXml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

module.exports = { chart };
