// ccxt, REST and pro: one client for both markets, with its own names for what goes wrong.
import ccxt from 'ccxt';
import { step, holds, same, refusal, near, pause } from './step.mjs';

const spot = 'BTC/USDT', swap = 'BTC/USDT:USDT';

// options override every address that a call of these judges may use; loopback.mjs stops the rest.
export function options(rest, apiKey, secret, future) {
  const ws = rest.replace('http', 'ws');
  return {
    apiKey, secret,
    urls: {
      api: {
        public: rest + '/api/v3', private: rest + '/api/v3', v1: rest + '/api/v1', sapi: rest + '/sapi/v1', sapiV2: rest + '/sapi/v2', sapiV3: rest + '/sapi/v3',
        fapiPublic: rest + '/fapi/v1', fapiPublicV2: rest + '/fapi/v2', fapiPublicV3: rest + '/fapi/v3',
        fapiPrivate: rest + '/fapi/v1', fapiPrivateV2: rest + '/fapi/v2', fapiPrivateV3: rest + '/fapi/v3',
        ws: { spot: ws + '/ws', future: ws + '/ws', 'ws-api': { spot: ws + '/ws-api/v3', future: ws + '/ws-fapi/v1' } },
      },
    },
    options: { fetchMarkets: { types: [future ? 'linear' : 'spot'] }, fetchCurrencies: false, fetchMargins: false },
  };
}

// open makes a client that takes unencrypted websockets.
export async function open(rest, key, secret, future) {
  const ex = new (future ? ccxt.pro.binanceusdm : ccxt.pro.binance)(options(rest, key, secret, future));
  await ex.loadHttpProxyAgent();
  return ex;
}

// refuses wants a call to end with ccxt's name of the error, and the venue to have sent exactly
// this. Names that ccxt has for futures alone, it has for the real hosts alone.
async function refuses(ex, name, code, msg, call) {
  const e = await refusal(call);
  same('what ccxt calls it', e.constructor.name, name);
  same('what the venue said', JSON.parse(ex.last_http_response), { code, msg });
}

export async function judgeCcxt(rest, key, secret) {
  const ex = await open(rest, key, secret, false);
  const last = await publicSpot(ex);
  await ordersSpot(ex, last);
  await stopsSpot(ex, last);
  await refusedSpot(ex, last, rest, key);
  await streamsSpot(ex, last);
  await ex.close();
  const f = await open(rest, key, secret, true);
  await accountUsdm(f, last);
  await ordersUsdm(f, last);
  await streamsUsdm(f, last);
  await f.close();
}

async function publicSpot(ex) {
  let last;
  await step('ccxt spot loadMarkets', async () => {
    const m = (await ex.loadMarkets())[spot];
    same('what is listed', [m.spot, m.active, m.base, m.quote], [true, true, 'BTC', 'USDT']);
    holds('its filters are read', m.precision.price === 0.01 && m.limits.cost.min === 5 && m.limits.amount.min === 0.00001 && m.limits.amount.max > 1);
  });
  await step('ccxt spot fetchTime', async () => { holds('it is now', Math.abs(await ex.fetchTime() - Date.now()) < 1000); });
  await step('ccxt spot fetchOHLCV', async () => {
    const rows = await ex.fetchOHLCV(spot, '1h', undefined, 50);
    holds('there are 50 rising hours', rows.length === 50 && rows.every((r, i) => i === 0 || r[0] === rows[i - 1][0] + 3600000));
    holds('the last one is forming', rows[49][0] <= Date.now() && Date.now() < rows[49][0] + 3600000);
    const since = await ex.fetchOHLCV(spot, '1h', rows[10][0], 5);
    same('five from the eleventh on', since, rows.slice(10, 15));
  });
  await step('ccxt spot fetchTicker', async () => { last = (await ex.fetchTicker(spot)).last; holds('it has a price', last > 0); return last; });
  await step('ccxt spot fetchOrderBook', async () => {
    const b = await ex.fetchOrderBook(spot, 5);
    holds('bids are below asks', b.bids.length === 5 && b.asks.length === 5 && b.bids[0][0] < b.asks[0][0] && b.bids[1][0] < b.bids[0][0]);
  });
  await step('ccxt spot fetchTrades', async () => { same('five trades', (await ex.fetchTrades(spot, undefined, 5)).length, 5); });
  await step('ccxt spot fetchBidsAsks, fetchLastPrices', async () => {
    const t = (await ex.fetchBidsAsks([spot]))[spot];
    holds('the bid is below the ask', t.bid < t.ask);
    same('the last price', (await ex.fetchLastPrices([spot]))[spot].price, last);
  });
  await step('ccxt spot fetchBalance', async () => { const b = await ex.fetchBalance(); same('USDT', [b.USDT.free, b.USDT.used], [10000, 0]); });
  await step('ccxt spot fetchTradingFee', async () => { const t = await ex.fetchTradingFees(); same('the rates', [t[spot].maker, t[spot].taker], [0.001, 0.001]); });
  return last;
}

async function ordersSpot(ex, last) {
  let resting;
  await step('ccxt spot limit order rests and locks', async () => {
    const free = (await ex.fetchBalance()).USDT.free;
    resting = await ex.createOrder(spot, 'limit', 'buy', 0.001, near(last, 0.9));
    same('it is open', [resting.status, resting.filled, resting.remaining], ['open', 0, 0.001]);
    const b = (await ex.fetchBalance()).USDT;
    holds('its price times its quantity is locked', Math.abs(b.used - 0.001 * near(last, 0.9)) < 1e-6 && Math.abs(free - b.free - b.used) < 1e-6);
  });
  await step('ccxt spot fetchOrder, fetchOpenOrders', async () => {
    same('it is found by its id', (await ex.fetchOrder(resting.id, spot)).id, resting.id);
    same('and by its name', (await ex.fetchOrder(undefined, spot, { clientOrderId: resting.clientOrderId })).id, resting.id);
    same('it is the one that is open', (await ex.fetchOpenOrders(spot)).map(o => o.id), [resting.id]);
  });
  await step('ccxt spot editOrder', async () => {
    const o = await ex.editOrder(resting.id, spot, 'limit', 'buy', 0.002, near(last, 0.88));
    holds('there is another order', o.id !== resting.id && o.amount === 0.002 && o.price === near(last, 0.88));
    same('the old one is cancelled', (await ex.fetchOrder(resting.id, spot)).status, 'canceled');
    resting = o;
  });
  await step('ccxt spot cancelOrder', async () => {
    same('it is cancelled', (await ex.cancelOrder(resting.id, spot)).status, 'canceled');
    same('nothing is locked', (await ex.fetchBalance()).USDT.used, 0);
  });
  await step('ccxt spot cancelOrder again', () => refuses(ex, 'OrderNotFound', -2011, 'Unknown order sent.', () => ex.cancelOrder(resting.id, spot)));
  await step('ccxt spot editOrder of what is gone', async () => {
    const e = await refusal(() => ex.editOrder(resting.id, spot, 'limit', 'buy', 0.002, near(last, 0.88)));
    holds(`it is a refusal of the exchange (${e.constructor.name})`, e.constructor.name !== 'NetworkError');
    const said = JSON.parse(ex.last_http_response);
    same('what the venue said', [said.code, said.msg, said.data.cancelResult, said.data.newOrderResult, said.data.cancelResponse.code], [-2022, 'Order cancel-replace failed.', 'FAILURE', 'NOT_ATTEMPTED', -2011]);
  });
  await step('ccxt spot market order is filled, with its fee', async () => {
    const before = await ex.fetchBalance();
    const o = await ex.createOrder(spot, 'market', 'buy', 0.01);
    same('it is closed and filled', [o.status, o.filled], ['closed', 0.01]);
    const t = (await ex.fetchMyTrades(spot)).filter(t => t.order === o.id);
    holds('its trades add up', Math.abs(t.reduce((s, x) => s + x.amount, 0) - 0.01) < 1e-12 && Math.abs(t.reduce((s, x) => s + x.cost, 0) - o.cost) < 1e-6);
    holds('a thousandth of what came is the fee', t.every(x => x.fee.currency === 'BTC' && x.takerOrMaker === 'taker') && Math.abs(t.reduce((s, x) => s + x.fee.cost, 0) - 0.00001) < 1e-12);
    const after = await ex.fetchBalance();
    holds('so do the balances', Math.abs(before.USDT.free - o.cost - after.USDT.free) < 1e-6 && Math.abs((before.BTC?.free ?? 0) + 0.00999 - after.BTC.free) < 1e-12);
  });
  await step('ccxt spot market order by cost', async () => { const o = await ex.createMarketBuyOrderWithCost(spot, 50); holds('it spends at most 50', o.status === 'closed' && o.cost <= 50 && o.cost > 49); });
  await step('ccxt spot limit order that takes', async () => {
    const o = await ex.createOrder(spot, 'limit', 'buy', 0.001, near(last, 1.02));
    holds('it is filled at the market, not at its limit', o.status === 'closed' && o.average < near(last, 1.01));
  });
  await step('ccxt spot IOC that does not reach the market expires', async () => {
    const o = await ex.createOrder(spot, 'limit', 'buy', 0.001, near(last, 0.9), { timeInForce: 'IOC' });
    same('it is expired', [o.status, o.filled], ['expired', 0]);
  });
  await step('ccxt spot fetchOrders, fetchClosedOrders', async () => {
    const all = await ex.fetchOrders(spot);
    holds('all are there in order', all.length === 6 && all.every((o, i) => i === 0 || +o.id > +all[i - 1].id));
    holds('three are filled', (await ex.fetchClosedOrders(spot)).length === 3);
  });
}

async function stopsSpot(ex, last) {
  await step('ccxt spot stop order', async () => {
    const o = await ex.createOrder(spot, 'market', 'sell', 0.001, undefined, { stopLossPrice: near(last, 0.8) });
    const found = await ex.fetchOrder(o.id, spot);
    same('it waits', [found.status, found.type, found.triggerPrice, found.info.type], ['open', 'market', near(last, 0.8), 'STOP_LOSS']);
  });
  await step('ccxt spot stop-limit and take-profit orders', async () => {
    const s = await ex.createOrder(spot, 'limit', 'sell', 0.001, near(last, 0.79), { stopLossPrice: near(last, 0.8) });
    const t = await ex.createOrder(spot, 'limit', 'sell', 0.001, near(last, 1.2), { takeProfitPrice: near(last, 1.19) });
    same('their types', [(await ex.fetchOrder(s.id, spot)).info.type, (await ex.fetchOrder(t.id, spot)).info.type], ['STOP_LOSS_LIMIT', 'TAKE_PROFIT_LIMIT']);
  });
  await step('ccxt spot trailing order', async () => {
    const o = await ex.createOrder(spot, 'market', 'sell', 0.001, undefined, { trailingPercent: 1, stopLossOrTakeProfit: 'stopLoss' });
    const { type, trailingDelta } = (await ex.fetchOrder(o.id, spot)).info;
    same('it trails by a hundredth', [type, +trailingDelta], ['STOP_LOSS', 100]);
  });
  await step('ccxt spot cancelAllOrders', async () => {
    same('four are cancelled', (await ex.cancelAllOrders(spot)).length, 4);
    same('none is open', await ex.fetchOpenOrders(spot), []);
    await refuses(ex, 'OrderNotFound', -2011, 'Unknown order sent.', () => ex.cancelAllOrders(spot));
  });
}

async function refusedSpot(ex, last, rest, key) {
  const order = (...args) => () => ex.createOrder(spot, ...args);
  await step('ccxt spot postOnly that would take', () => refuses(ex, 'OrderImmediatelyFillable', -2010, 'Order would immediately match and take.', order('limit', 'buy', 0.001, near(last, 1.02), { postOnly: true })));
  await step('ccxt spot too little', () => refuses(ex, 'BadRequest', -1013, 'Filter failure: NOTIONAL', order('limit', 'buy', 0.00002, near(last, 0.9))));
  await step('ccxt spot more than there is', () => refuses(ex, 'InsufficientFunds', -2010, 'Account has insufficient balance for requested action.', order('limit', 'buy', 90, near(last, 0.9))));
  await step('ccxt spot stop on the wrong side', () => refuses(ex, 'OrderImmediatelyFillable', -2010, 'Order would trigger immediately.', order('market', 'sell', 0.001, undefined, { stopLossPrice: near(last, 1.1) })));
  await step('ccxt spot a name with other letters', () => refuses(ex, 'BadRequest', -1100, "Illegal characters found in parameter 'newClientOrderId'; legal range is '^[a-zA-Z0-9-_]{1,36}$'.", order('limit', 'buy', 0.001, near(last, 0.9), { newClientOrderId: 'a.b' })));
  await step('ccxt spot an order that never was', () => refuses(ex, 'OrderNotFound', -2013, 'Order does not exist.', () => ex.fetchOrder('987654321', spot)));
  await step('ccxt spot another secret', async () => {
    const thief = new ccxt.binance(options(rest, key, 'another', false));
    await refuses(thief, 'AuthenticationError', -1022, 'Signature for this request is not valid.', () => thief.fetchBalance());
  });
  await step('ccxt spot another key', async () => {
    const thief = new ccxt.binance(options(rest, 'Nobody0s'.repeat(8), 'another', false));
    await refuses(thief, 'AuthenticationError', -2015, 'Invalid API-key, IP, or permissions for action.', () => thief.fetchBalance());
    thief.apiKey = 'short';
    await refuses(thief, 'AuthenticationError', -2014, 'API-key format invalid.', () => thief.fetchBalance());
  });
  await step('ccxt spot a clock that is wrong', async () => {
    const late = new ccxt.binance(options(rest, key, ex.secret, false));
    late.options.timeDifference = 60000;
    await refuses(late, 'InvalidNonce', -1021, 'Timestamp for this request is outside of the recvWindow.', () => late.fetchBalance());
    late.options.timeDifference = -60000;
    await refuses(late, 'InvalidNonce', -1021, "Timestamp for this request was 1000ms ahead of the server's time.", () => late.fetchBalance());
  });
}

async function streamsSpot(ex, last) {
  await step('ccxt pro watchOHLCV, watchTicker, watchOrderBook', async () => {
    const [rows, ticker, book] = await Promise.all([ex.watchOHLCV(spot, '1h'), ex.watchTicker(spot), ex.watchOrderBook(spot, 10)]);
    holds('a bar comes', rows.length > 0 && rows[0][4] > 0);
    holds('a ticker comes', ticker.last > 0);
    holds('a book comes', book.bids[0][0] < book.asks[0][0]);
  });
  await step('ccxt pro createOrderWs, watchOrders, watchBalance', async () => {
    const seen = ex.watchOrders(spot), balance = ex.watchBalance();
    await pause(1000);
    const o = await ex.createOrderWs(spot, 'limit', 'buy', 0.001, near(last, 0.9));
    same('it is open', [o.status, o.price], ['open', near(last, 0.9)]);
    holds('the stream tells of it', (await seen).some(x => x.id === o.id && x.status === 'open'));
    holds('and of what is locked', Math.abs((await balance).USDT.used - 0.001 * near(last, 0.9)) < 1e-6);
    const ends = ex.watchOrders(spot);
    same('it is cancelled', (await ex.cancelOrderWs(o.id, spot)).status, 'canceled');
    holds('the stream tells of that', (await ends).some(x => x.id === o.id && x.status === 'canceled'));
  });
  await step('ccxt pro watchMyTrades', async () => {
    const seen = ex.watchMyTrades(spot);
    await pause(500);
    const o = await ex.createOrderWs(spot, 'market', 'sell', 0.002);
    const t = (await seen).filter(t => t.order === o.id);
    holds('the fill comes, with its fee in USDT', t.length > 0 && t[0].fee.currency === 'USDT' && Math.abs(t[0].fee.cost - t[0].cost * 0.001) < 1e-6);
  });
  await step('ccxt pro editOrderWs, fetchOrderWs, fetchOpenOrdersWs, cancelAllOrdersWs', async () => {
    const o = await ex.createOrderWs(spot, 'limit', 'buy', 0.001, near(last, 0.9));
    const p = await ex.editOrderWs(o.id, spot, 'limit', 'buy', 0.002, near(last, 0.89));
    same('the new one is open', [(await ex.fetchOrderWs(p.id, spot)).status, p.amount], ['open', 0.002]);
    same('it is the only one', (await ex.fetchOpenOrdersWs(spot)).map(x => x.id), [p.id]);
    await ex.cancelAllOrdersWs(spot);
    same('none is open', await ex.fetchOpenOrdersWs(spot), []);
  });
  await step('ccxt pro createOrderWs that is refused', async () => {
    const e = await refusal(() => ex.createOrderWs(spot, 'limit', 'buy', 90, near(last, 0.9)));
    same('what ccxt calls it', e.constructor.name, 'InsufficientFunds');
  });
}

async function accountUsdm(f, last) {
  await step('ccxt usdm loadMarkets', async () => { const m = (await f.loadMarkets())[swap]; same('what is listed', [m.swap, m.linear, m.settle, m.active], [true, true, 'USDT', true]); });
  await step('ccxt usdm fetchBalance', async () => { const b = await f.fetchBalance(); same('USDT', [b.USDT.total, b.USDT.free], [10000, 10000]); });
  await step('ccxt usdm fetchOHLCV, fetchTrades, fetchOrderBook', async () => {
    same('bars', (await f.fetchOHLCV(swap, '1h', undefined, 10)).length, 10);
    same('trades', (await f.fetchTrades(swap, undefined, 5)).length, 5);
    const b = await f.fetchOrderBook(swap, 5);
    holds('bids are below asks', b.bids[0][0] < b.asks[0][0]);
  });
  await step('ccxt usdm setLeverage, setMarginMode, fetchPositionMode', async () => {
    same('the leverage', +(await f.setLeverage(5, swap)).leverage, 5);
    await f.setMarginMode('isolated', swap);
    same('one way', (await f.fetchPositionMode(swap)).hedged, false);
  });
  await step('ccxt usdm setMarginMode again needs no change', () => refuses(f, 'MarginModeAlreadySet', -4046, 'No need to change margin type.', () => f.fapiPrivatePostMarginType({ symbol: 'BTCUSDT', marginType: 'ISOLATED' })));
  await step('ccxt usdm fetchFundingRate', async () => { holds('there is a mark price', (await f.fetchFundingRate(swap)).markPrice > 0); });
  await step('ccxt usdm fetchLeverageTiers', async () => { holds('there is a bracket', (await f.fetchLeverageTiers([swap]))[swap][0].maxLeverage === 125); });
}

async function ordersUsdm(f, last) {
  await step('ccxt usdm limit order', async () => {
    const o = await f.createOrder(swap, 'limit', 'sell', 0.01, Math.round(last * 1.05));
    same('it rests', o.status, 'open');
    same('it is the one that is open', (await f.fetchOpenOrders(swap)).map(x => x.id), [o.id]);
    same('it is changed', (await f.editOrder(o.id, swap, 'limit', 'sell', 0.02, Math.round(last * 1.06))).amount, 0.02);
    same('it is cancelled', (await f.cancelOrder(o.id, swap)).status, 'canceled');
    await refuses(f, 'OrderNotFound', -2011, 'Unknown order sent.', () => f.cancelOrder(o.id, swap));
  });
  await step('ccxt usdm short and its position', async () => {
    same('it is filled', (await f.createOrder(swap, 'market', 'sell', 0.01)).status, 'closed');
    const p = (await f.fetchPositions([swap]))[0];
    same('the position', [p.side, p.contracts, p.marginMode], ['short', 0.01, 'isolated']);
    const t = await f.fetchMyTrades(swap);
    holds('its trades have a fee in USDT', t.length > 0 && t.every(x => x.fee.currency === 'USDT' && Math.abs(x.fee.cost - x.cost * 0.0005) < 1e-6));
  });
  await step('ccxt usdm stop goes to the algo endpoint', async () => {
    const o = await f.createOrder(swap, 'market', 'buy', 0.01, undefined, { stopLossPrice: Math.round(last * 1.2), reduceOnly: true });
    same('it is among the conditional ones', (await f.fetchOpenOrders(swap, undefined, undefined, { trigger: true })).map(x => x.id), [o.id]);
    same('and not among the others', await f.fetchOpenOrders(swap), []);
    await f.cancelOrder(o.id, swap, { trigger: true });
    same('it is gone', await f.fetchOpenOrders(swap, undefined, undefined, { trigger: true }), []);
  });
  await step('ccxt usdm closing', async () => {
    same('it is filled', (await f.createOrder(swap, 'market', 'buy', 0.01, undefined, { reduceOnly: true })).status, 'closed');
    holds('the position is flat', (await f.fetchPositions([swap])).every(p => !p.contracts));
  });
  const order = (...args) => () => f.createOrder(swap, ...args);
  await step('ccxt usdm reduceOnly that opens', () => refuses(f, 'ExchangeError', -2022, 'ReduceOnly Order is rejected.', order('market', 'buy', 0.01, undefined, { reduceOnly: true })));
  await step('ccxt usdm more than the margin', () => refuses(f, 'ExchangeError', -2019, 'Margin is insufficient.', order('market', 'buy', 5)));
  await step('ccxt usdm stop on the wrong side', () => refuses(f, 'ExchangeError', -2021, 'Order would immediately trigger.', order('market', 'sell', 0.01, undefined, { stopLossPrice: Math.round(last * 1.2) })));
  await step('ccxt usdm postOnly that would take', async () => {
    await refusal(order('limit', 'buy', 0.01, Math.round(last * 1.02), { postOnly: true }));
    same('the code, since the words are not documented', JSON.parse(f.last_http_response).code, -5022);
  });
  await step('ccxt usdm an order that never was', () => refuses(f, 'OrderNotFound', -2013, 'Order does not exist.', () => f.fetchOrder('987654321', swap)));
}

async function streamsUsdm(f, last) {
  await step('ccxt pro usdm watchOrders, watchPositions', async () => {
    const seen = f.watchOrders(swap);
    await pause(1500);
    const o = await f.createOrder(swap, 'limit', 'buy', 0.01, Math.round(last * 0.9));
    holds('the stream tells of it', (await seen).some(x => x.id === o.id && x.status === 'open'));
    const ends = f.watchOrders(swap);
    await f.cancelOrder(o.id, swap);
    holds('and of its end', (await ends).some(x => x.id === o.id && x.status === 'canceled'));
  });
  await step('ccxt pro usdm createOrderWs, cancelOrderWs', async () => {
    const o = await f.createOrderWs(swap, 'limit', 'buy', 0.01, Math.round(last * 0.9));
    same('it is open', (await f.fetchOrder(o.id, swap)).status, 'open');
    same('it is cancelled', (await f.cancelOrderWs(o.id, swap)).status, 'canceled');
  });
  await step('ccxt pro usdm watchOHLCV, watchOrderBook, watchMarkPrice', async () => {
    const [rows, book, mark] = await Promise.all([f.watchOHLCV(swap, '1h'), f.watchOrderBook(swap, 10), f.watchMarkPrice(swap)]);
    holds('a bar comes', rows.length > 0);
    holds('a book comes', book.bids[0][0] < book.asks[0][0]);
    holds('a mark price comes', mark.markPrice > 0);
  });
}
