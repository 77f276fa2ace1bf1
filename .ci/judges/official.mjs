// @binance/spot, the exchange's own connector: REST, the websocket API and streams.
import { Spot } from '@binance/spot';
import { step, holds, same, refusal, near, within } from './step.mjs';

const symbol = 'ETHUSDT';
const data = async call => (await call).data();

async function refuses(code, msg, call) {
  const e = await refusal(call);
  same('what the venue said', [e.code, e.message], [code, msg]);
}

export async function judgeOfficial(rest, apiKey, apiSecret) {
  const ws = rest.replace('http', 'ws');
  const c = new Spot({
    configurationRestAPI: { apiKey, apiSecret, basePath: rest, retries: 0, timeout: 5000 },
    configurationWebsocketAPI: { apiKey, apiSecret, wsURL: ws + '/ws-api/v3' },
    configurationWebsocketStreams: { wsURL: ws },
  });
  const last = await orders(c.restAPI);
  await refused(c.restAPI, last);
  await websocketAPI(c.websocketAPI, last);
  await streams(c.websocketStreams);
}

async function orders(api) {
  let last;
  await step('@binance/spot exchangeInfo, klines, tickers', async () => {
    same('what is listed', (await data(api.exchangeInfo({ symbol }))).symbols.map(s => s.symbol), [symbol]);
    same('bars', (await data(api.klines({ symbol, interval: '1h', limit: 7 }))).length, 7);
    last = +(await data(api.tickerPrice({ symbol }))).price;
    const b = await data(api.tickerBookTicker({ symbol }));
    holds('the last price is near the best ones', +b.bidPrice < +b.askPrice && Math.abs(last / +b.bidPrice - 1) < 0.01);
  });
  await step('@binance/spot account', async () => { const a = await data(api.getAccount({ omitZeroBalances: true })); holds('there are balances, and none is zero', a.balances.length > 0 && a.balances.every(b => +b.free + +b.locked > 0)); });
  await step('@binance/spot order, cancel', async () => {
    const o = await data(api.newOrder({ symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: 0.01, price: near(last, 0.9), newOrderRespType: 'RESULT' }));
    same('it is NEW', [o.status, o.price, o.origQty, o.fills], ['NEW', near(last, 0.9).toFixed(8), '0.01000000', undefined]);
    same('it is found', (await data(api.getOrder({ symbol, orderId: o.orderId }))).clientOrderId, o.clientOrderId);
    same('it is cancelled', (await data(api.deleteOrder({ symbol, orderId: o.orderId }))).status, 'CANCELED');
  });
  await step('@binance/spot market order and its trades', async () => {
    const o = await data(api.newOrder({ symbol, side: 'BUY', type: 'MARKET', quoteOrderQty: 100 }));
    holds('it is filled for 100 at most', o.status === 'FILLED' && +o.cummulativeQuoteQty <= 100 && +o.cummulativeQuoteQty > 99);
    const t = await data(api.myTrades({ symbol, orderId: o.orderId }));
    same('its trades', t.map(t => [+t.id, t.price, t.qty, t.commission]), o.fills.map(f => [+f.tradeId, f.price, f.qty, f.commission]));
  });
  await step('@binance/spot stop order, cancel all', async () => {
    await data(api.newOrder({ symbol, side: 'SELL', type: 'STOP_LOSS_LIMIT', timeInForce: 'GTC', quantity: 0.01, price: near(last, 0.89), stopPrice: near(last, 0.9) }));
    same('one is cancelled', (await data(api.deleteOpenOrders({ symbol }))).length, 1);
  });
  return last;
}

async function refused(api, last) {
  const limit = { symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: 0.01, price: near(last, 0.9) };
  await step('@binance/spot off the step', () => refuses(-1013, 'Filter failure: LOT_SIZE', () => api.newOrder({ ...limit, quantity: 0.0123456 })));
  await step('@binance/spot more decimals than an asset has', () => refuses(-1111, "Parameter 'quantity' has too much precision.", () => api.newOrder({ ...limit, quantity: 0.012345678901 })));
  await step('@binance/spot more than there is', () => refuses(-2010, 'Account has insufficient balance for requested action.', () => api.newOrder({ ...limit, quantity: 900 })));
  await step('@binance/spot an order that never was', () => refuses(-2011, 'Unknown order sent.', () => api.deleteOrder({ symbol, orderId: 987654321 })));
}

async function websocketAPI(socket, last) {
  await step('@binance/spot websocket API', async () => {
    const w = await socket.connect();
    const o = (await w.orderPlace({ symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: 0.01, price: near(last, 0.9), newOrderRespType: 'FULL' })).data;
    same('it is NEW', o.status, 'NEW');
    same('it is open', (await w.openOrdersStatus({ symbol })).data.map(x => x.orderId), [o.orderId]);
    same('it is cancelled', (await w.orderCancel({ symbol, orderId: o.orderId })).data.status, 'CANCELED');
    holds('the account', (await w.accountStatus({})).data.canTrade);
    const e = await refusal(() => w.orderCancel({ symbol, orderId: o.orderId }));
    same('what the venue said', [e.code, e.msg ?? e.message], [-2011, 'Unknown order sent.']);
    await w.disconnect();
  });
  await step('@binance/spot websocket API: user data', async () => {
    const w = await socket.connect();
    const { stream } = await w.userDataStreamSubscribeSignature({});
    const report = new Promise(yes => stream.on('message', m => m.e === 'executionReport' && m.x === 'TRADE' && yes(m)));
    const o = (await w.orderPlace({ symbol, side: 'SELL', type: 'MARKET', quantity: 0.01, newOrderRespType: 'FULL' })).data;
    const e = await within(5000, report);
    same('the fill', [String(e.i), e.l, e.N], [String(o.orderId), '0.01000000', 'USDT']);
    await w.disconnect();
  });
}

async function streams(socket) {
  await step('@binance/spot streams', async () => {
    const w = await socket.connect({ stream: [] });
    const k = w.kline({ symbol: 'ethusdt', interval: '1h' }), t = w.ticker({ symbol: 'ethusdt' });
    const ticker = new Promise(yes => t.on('message', yes));
    const bar = await within(12000, new Promise(yes => k.on('message', m => m.k && yes(m.k))));
    same('what it is', [bar.s, bar.i], [symbol, '1h']);
    same('a ticker', (await ticker).s, symbol);
    await w.disconnect();
  });
}
