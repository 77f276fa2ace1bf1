// Clients of Binance's API that others wrote trade at the local venue: every call must
// succeed, or fail, as Binance's documents say.
//
//   node judge.mjs VENUE FAST STEPPED ADMIN SIGNED ADMIN      with JUDGE_KEY and JUDGE_SECRET
//
// VENUE is the address of one that has just been started: spot and USD-M futures with BTCUSDT and
// ETHUSDT by the clock of this machine, filled by trade, with 10000 USDT on each. FAST plays half
// an hour in a second, STEPPED moves by its admin API, SIGNED takes the Ed25519 key in private.pem.
// One line a step; the exit code is 1 if any step failed.
import { outside } from './loopback.mjs';
import { readFileSync } from 'node:fs';
import { step, same, count } from './step.mjs';
import { judgeCcxt } from './ccxt.mjs';
import { judgeBinance } from './binance.mjs';
import { judgeOfficial } from './official.mjs';
import { judgeKeys } from './keys.mjs';
import { judgeBars, judgeFills } from './played.mjs';

const [venue, fast, stepped, clock, signed, admin] = process.argv.slice(2);
const key = process.env.JUDGE_KEY, secret = process.env.JUDGE_SECRET;
const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
console.log(Object.entries(dependencies).map(([name, version]) => `${name} ${version}`).join(', ') + `, node ${process.version}`);

async function traded() {
  await judgeCcxt(venue, key, secret);
  await judgeBinance(venue, key, secret);
  await judgeOfficial(venue, key, secret);
}

async function played() {
  await judgeBars(fast);
  await judgeFills(stepped, clock, key, secret);
  await judgeKeys(signed, admin, key, readFileSync('private.pem', 'utf8'));
}

await Promise.all([traded(), played()]);
await step('nobody has reached for another host', async () => same('who did', outside, []));
console.log(`${count.passed} passed, ${count.failed} failed`);
process.exit(count.failed ? 1 : 0);
