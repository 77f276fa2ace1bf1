// What the judges have in common: a line a step, and what must hold.

export const count = { passed: 0, failed: 0 };

// step runs one call and what must hold of its result.
export async function step(name, f) {
  try {
    const told = await within(15000, f());
    count.passed++;
    console.log(`ok      ${name}${told === undefined ? '' : ': ' + told}`);
  } catch (e) {
    count.failed++;
    console.log(`FAILED  ${name}: ${say(e)}`);
  }
}

const say = e => String(e?.body ? JSON.stringify(e.body) : e?.stack ?? JSON.stringify(e)).slice(0, 700);

export function within(ms, promise) {
  let timer;
  const late = new Promise((_, no) => { timer = setTimeout(() => no(new Error(`nothing within ${ms} ms`)), ms); });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export const pause = ms => new Promise(yes => setTimeout(yes, ms));

export function holds(what, ok) {
  if (!ok) throw new Error(`it does not hold that ${what}`);
}

export function same(what, got, want) {
  if (JSON.stringify(got) !== JSON.stringify(want)) throw new Error(`${what}: ${JSON.stringify(got)}, and not ${JSON.stringify(want)}`);
}

// refusal returns what a call fails with; that it succeeds is a failure.
export async function refusal(call) {
  let got;
  try {
    got = await call();
  } catch (e) {
    return e;
  }
  throw new Error(`no refusal, but ${JSON.stringify(got).slice(0, 200)}`);
}

// near returns a share of a price, on the tick of two decimals.
export const near = (price, share) => Math.round(price * share * 100) / 100;
