// What takes time: bars that close, and orders that rest until the market comes to them.
import { WebsocketClient, MainClient, USDMClient } from 'binance';
import { Spot } from '@binance/spot';
import { open } from './ccxt.mjs';
import { step, holds, same, near, pause, within } from './step.mjs';

const quiet = { trace() {}, silly() {}, debug() {}, info() {}, notice() {}, warning() {}, error() {} };
const hour = 3600000;

// judgeBars listens at a venue where hours pass in seconds. Each bar must close once, in order,
// and be what REST tells of it later.
export async function judgeBars(rest) {
  const wsUrl = rest.replace('http', 'ws');
  for (const [where, key, client] of [['spot', 'main', new MainClient({ baseUrl: rest })], ['usdm', 'usdmMarket', new USDMClient({ baseUrl: rest })]]) {
    await step(`binance ${where} bars close once and are those of REST`, async () => {
      const w = new WebsocketClient({ beautify: false, wsUrl }, quiet);
      const bars = [], trades = [];
      const enough = new Promise(yes => w.on('message', m => {
        const e = m.data ?? m;
        if (e.e === 'aggTrade') trades.push(e);
        if (e.e === 'kline' && e.k.x) bars.push(e.k);
        if (bars.length === 6) yes();
      }));
      w.on('exception', () => {});
      await w.subscribe(['ethusdt@kline_1h', 'ethusdt@aggTrade'], key);
      await within(14000, enough);
      w.closeAll(true);
      const rows = await client.getKlines({ symbol: 'ETHUSDT', interval: '1h', startTime: bars[0].t, limit: 6 });
      same('the bars', bars.map(k => [k.t, k.o, k.h, k.l, k.c, k.v, k.T, k.q, k.n, k.V, k.Q]), rows.map(r => r.slice(0, 11)));
      holds('trades lack no number', trades.length > 60 && trades.every((t, i) => i === 0 || t.a === trades[i - 1].a + 1));
      return `${bars.length} bars, ${trades.length} trades`;
    });
  }
  await step('@binance/spot streams of books', async () => {
    const w = await new Spot({ configurationWebsocketStreams: { wsURL: wsUrl } }).websocketStreams.connect({ stream: [] });
    const first = s => new Promise(yes => s.on('message', yes));
    const levels = first(w.partialBookDepth({ symbol: 'ethusdt', levels: 5 })), changes = first(w.diffBookDepth({ symbol: 'ethusdt' })), best = first(w.bookTicker({ symbol: 'ethusdt' }));
    same('five levels', [(await levels).bids.length, (await levels).asks.length], [5, 5]);
    holds('changes', +(await changes).u >= +(await changes).U);
    holds('the best prices', +(await best).b < +(await best).a);
    await w.disconnect();
  });
}

// judgeFills trades at a venue whose clock is stepped: nothing happens but what a step brings.
export async function judgeFills(rest, admin, key, secret) {
  let now;
  const advance = async (n = 0) => {
    if (n > 0) same('it steps', (await fetch(`${admin}/step?n=${n}`, { method: 'POST' })).status, 200);
    now = (await (await fetch(rest + '/api/v3/time')).json()).serverTime;
  };
  await advance();
  const client = async future => {
    const ex = await open(rest, key, secret, future);
    ex.milliseconds = ex.nonce = () => now;
    ex.enableRateLimit = false; // it would wait by the clock of this machine
    await ex.loadMarkets();
    return ex;
  };
  // until steps until an order has ended.
  const until = async (ex, symbol, id) => {
    for (let i = 0; i < 400; i++) {
      const o = await ex.fetchOrder(id, symbol);
      if (o.status !== 'open') return o;
      await advance(5);
    }
    throw new Error('the order has not ended in 2000 steps');
  };
  const ex = await client(false), symbol = 'BTC/USDT';
  await step('ccxt spot resting order is filled by trades, which the stream tells', async () => {
    const last = (await ex.fetchTicker(symbol)).last, price = near(last, 0.998), seen = [];
    const watching = (async () => { for (;;) seen.push(...(await ex.watchMyTrades(symbol)).slice(-1)); })().catch(() => {});
    await pause(1000);
    const o = await ex.createOrder(symbol, 'limit', 'buy', 300, price);
    same('it rests', o.status, 'open');
    const end = await until(ex, symbol, o.id);
    same('it is filled at its price', [end.status, end.filled, end.average], ['closed', 300, price]);
    const fills = (await ex.fetchMyTrades(symbol)).filter(t => t.order === o.id);
    holds('it took several trades', fills.length > 1);
    holds('as a maker, for a fee in BTC', fills.every(t => t.takerOrMaker === 'maker' && t.fee.currency === 'BTC'));
    await pause(300);
    same('the stream told the same', seen.filter(t => t.order === o.id).map(t => [t.id, t.amount, t.price]), fills.map(t => [t.id, t.amount, t.price]));
    const b = await ex.fetchBalance();
    holds('balances add up', Math.abs(b.BTC.total - fills.reduce((s, t) => s + t.amount - t.fee.cost, 0)) < 1e-9 && b.USDT.used === 0);
    return `${fills.length} fills`;
  });
  await step('ccxt spot stop order is triggered', async () => {
    const last = (await ex.fetchTicker(symbol)).last;
    const o = await ex.createOrder(symbol, 'market', 'sell', 0.01, undefined, { stopLossPrice: near(last, 0.999) });
    const end = await until(ex, symbol, o.id);
    holds('it is filled at its stop or below', end.status === 'closed' && end.filled === 0.01 && end.average <= near(last, 0.999));
  });
  await step('ccxt spot OCO: what fills ends the other', async () => {
    const last = (await ex.fetchTicker(symbol)).last, text = p => near(last, p).toFixed(2);
    const l = await ex.privatePostOrderListOco({ symbol: 'BTCUSDT', side: 'SELL', quantity: '0.01', aboveType: 'LIMIT_MAKER', abovePrice: text(1.003), belowType: 'STOP_LOSS', belowStopPrice: text(0.997) });
    const a = await until(ex, symbol, l.orders[0].orderId), b = await until(ex, symbol, l.orders[1].orderId);
    same('one is filled, the other not', [a.filled + b.filled, [a.info.status, b.info.status].filter(s => s === 'FILLED').length], [0.01, 1]);
    same('the list is done', (await ex.privateGetOrderList({ orderListId: l.orderListId })).listOrderStatus, 'ALL_DONE');
  });
  await ex.close();
  const f = await client(true), swap = 'BTC/USDT:USDT';
  await step('ccxt usdm conditional order is triggered and closes the position', async () => {
    const last = (await f.fetchTicker(swap)).last;
    const start = (await f.fetchBalance()).USDT.total;
    same('a long', (await f.createOrder(swap, 'market', 'buy', 0.02)).status, 'closed');
    await f.createOrder(swap, 'market', 'sell', 0.02, undefined, { stopLossPrice: near(last, 0.998), reduceOnly: true });
    for (let i = 0; i < 400 && (await f.fetchPositions([swap])).some(p => p.contracts); i++) await advance(5);
    same('it is flat', (await f.fetchPositions([swap])).filter(p => p.contracts), []);
    same('none waits', await f.fetchOpenOrders(swap, undefined, undefined, { trigger: true }), []);
    const t = await f.fetchMyTrades(swap);
    const pnl = t.reduce((s, x) => s + +x.info.realizedPnl - x.fee.cost, 0);
    holds('the balance is what the trades say', Math.abs((await f.fetchBalance()).USDT.total - start - pnl) < 1e-6);
  });
  await f.close();
}
