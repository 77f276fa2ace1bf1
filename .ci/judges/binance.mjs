// npm "binance": REST of both markets, streams, and the websocket API of spot.
import { MainClient, USDMClient, WebsocketClient, WebsocketAPIClient } from 'binance';
import { step, holds, same, refusal, near, within } from './step.mjs';

const symbol = 'BTCUSDT';
const quiet = { trace() {}, silly() {}, debug() {}, info() {}, notice() {}, warning() {}, error() {} };

async function refuses(code, msg, call) {
  same('what the venue said', (await refusal(call)).body, { code, msg });
}

export async function judgeBinance(rest, key, secret) {
  const at = { api_key: key, api_secret: secret };
  const c = new MainClient({ ...at, baseUrl: rest });
  const last = await publicSpot(c);
  await ordersSpot(c, last);
  await lists(c, last);
  await refusedSpot(c, last);
  await streams({ ...at, beautify: false, wsUrl: rest.replace('http', 'ws') });
  await websocketAPI({ ...at, wsUrl: rest.replace('http', 'ws'), attachEventListeners: false }, last);
  await usdm(new USDMClient({ ...at, baseUrl: rest }), last);
}

async function publicSpot(c) {
  await step('binance exchangeInfo', async () => {
    const s = (await c.getExchangeInfo({ symbol })).symbols;
    same('what is listed', [s.length, s[0].status, s[0].quoteAsset], [1, 'TRADING', 'USDT']);
    for (const name of ['PRICE_FILTER', 'LOT_SIZE', 'NOTIONAL']) holds(`it has ${name}`, s[0].filters.some(f => f.filterType === name));
  });
  await step('binance klines', async () => {
    const rows = await c.getKlines({ symbol, interval: '4h', limit: 3 });
    holds('three rows of 12 elements, whose ends are before the next begins', rows.length === 3 && rows.every((r, i) => r.length === 12 && r[6] === r[0] + 14399999 && (i === 0 || r[0] === rows[i - 1][6] + 1)));
    same('an old one', (await c.getKlines({ symbol, interval: '4h', startTime: rows[0][0], endTime: rows[0][6] }))[0], rows[0]);
  });
  await step('binance depth, trades, average price', async () => {
    const b = await c.getOrderBook({ symbol, limit: 5 });
    holds('bids are below asks', b.lastUpdateId > 0 && b.bids.length === 5 && +b.bids[0][0] < +b.asks[0][0]);
    same('as many trades as were asked for', [(await c.getRecentTrades({ symbol, limit: 3 })).length, (await c.getAggregateTrades({ symbol, limit: 4 })).length], [3, 4]);
    holds('an average', +(await c.getAvgPrice({ symbol })).price > 0);
  });
  await step('binance account', async () => { const a = await c.getAccountInformation(); same('it may trade', [a.canTrade, a.accountType], [true, 'SPOT']); });
  return +(await c.getSymbolPriceTicker({ symbol })).price;
}

async function ordersSpot(c, last) {
  const newClientOrderId = c.getOrderIdPrefix() + 'judge', origClientOrderId = newClientOrderId;
  const plain = { symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: 0.001, price: near(last, 0.9) };
  const limit = { ...plain, newClientOrderId };
  let id;
  await step('binance order with a name', async () => {
    const o = await c.submitNewOrder({ ...limit, newOrderRespType: 'FULL' });
    same('it is NEW', [o.status, o.clientOrderId, o.orderListId, o.executedQty, o.fills], ['NEW', newClientOrderId, -1, '0.00000000', []]);
    id = o.orderId;
  });
  await step('binance the same name while the first is open', () => refuses(-2010, 'Duplicate order sent.', () => c.submitNewOrder(limit)));
  await step('binance order by name', async () => { same('its id', (await c.getOrder({ symbol, origClientOrderId })).orderId, id); });
  await step('binance order that never was', () => refuses(-2013, 'Order does not exist.', () => c.getOrder({ symbol, origClientOrderId: c.getOrderIdPrefix() + 'never' })));
  await step('binance amend keeps the place', async () => {
    const o = await c.putPrivate('api/v3/order/amend/keepPriority', { symbol, orderId: id, newQty: 0.0005 }); // its own method has the path of futures
    same('it is smaller', [o.amendedOrder.orderId, +o.amendedOrder.qty], [id, 0.0005]);
  });
  await step('binance cancelReplace', async () => {
    const o = await c.replaceOrder({ ...plain, cancelReplaceMode: 'STOP_ON_FAILURE', cancelOrderId: id, price: near(last, 0.91) });
    same('both were done', [o.cancelResult, o.newOrderResult, o.cancelResponse.orderId, o.newOrderResponse.status], ['SUCCESS', 'SUCCESS', id, 'NEW']);
    id = o.newOrderResponse.orderId;
  });
  await step('binance cancelReplace that may fail in part', async () => {
    const e = await refusal(() => c.replaceOrder({ ...plain, cancelReplaceMode: 'ALLOW_FAILURE', cancelOrderId: 987654321, price: near(last, 0.92) }));
    same('the halves', [e.body.code, e.body.msg, e.body.data.cancelResult, e.body.data.cancelResponse, e.body.data.newOrderResult], [-2021, 'Order cancel-replace partially failed.', 'FAILURE', { code: -2011, msg: 'Unknown order sent.' }, 'SUCCESS']);
    same('it is cancelled', (await c.cancelOrder({ symbol, orderId: e.body.data.newOrderResponse.orderId })).status, 'CANCELED');
  });
  await step('binance cancel', async () => {
    const o = await c.cancelOrder({ symbol, orderId: id });
    holds('the names are told apart', o.status === 'CANCELED' && o.origClientOrderId !== o.clientOrderId);
  });
  await step('binance the name again, when the first is gone', async () => {
    const o = await c.submitNewOrder(limit);
    holds('it is another order', o.orderId > id);
    same('it is cancelled by name', (await c.cancelOrder({ symbol, origClientOrderId })).origClientOrderId, newClientOrderId);
  });
  await step('binance test order', async () => { same('nothing', await c.testNewOrder({ symbol, side: 'BUY', type: 'MARKET', quantity: 0.001 }), {}); });
  await step('binance commission, order limits', async () => {
    same('the rates', (await c.getCommissionRates({ symbol })).standardCommission.taker, '0.00100000');
    same('what is counted', (await c.getOrderRateLimit()).map(l => l.rateLimitType), ['ORDERS', 'ORDERS']);
  });
}

async function lists(c, last) {
  const oco = { symbol, side: 'SELL', quantity: 0.001, aboveType: 'LIMIT_MAKER', abovePrice: near(last, 1.1), belowType: 'STOP_LOSS_LIMIT', belowStopPrice: near(last, 0.9), belowPrice: near(last, 0.89), belowTimeInForce: 'GTC' };
  await step('binance OCO', async () => {
    const o = await c.submitNewOrderList(oco);
    same('two orders execute', [o.contingencyType, o.listStatusType, o.listOrderStatus, o.orders.length, o.orderReports.map(r => r.type).sort()], ['OCO', 'EXEC_STARTED', 'EXECUTING', 2, ['LIMIT_MAKER', 'STOP_LOSS_LIMIT']]);
    same('it is open', (await c.getAllOpenOCO()).map(l => l.orderListId), [o.orderListId]);
    same('it ends whole', [(await c.cancelOCO({ symbol, orderListId: o.orderListId })).listOrderStatus, (await c.getOCO({ orderListId: o.orderListId })).listOrderStatus], ['ALL_DONE', 'ALL_DONE']);
    same('no order is left', await c.getOpenOrders({ symbol }), []);
  });
  await step('binance cancelling one order of an OCO ends both', async () => {
    const o = await c.submitNewOrderList(oco);
    await c.cancelOrder({ symbol, orderId: o.orders[0].orderId });
    same('both', [(await c.getOrder({ symbol, orderId: o.orders[0].orderId })).status, (await c.getOrder({ symbol, orderId: o.orders[1].orderId })).status], ['CANCELED', 'CANCELED']);
  });
  await step('binance OCO with prices the wrong way round', () => refuses(-2010, 'The relationship of the prices for the orders is not correct.', () => c.submitNewOrderList({ ...oco, abovePrice: near(last, 0.95), belowStopPrice: near(last, 0.96) })));
  await step('binance OTO', async () => {
    const o = await c.submitNewOrderListOTO({ symbol, workingType: 'LIMIT', workingSide: 'BUY', workingPrice: near(last, 0.9), workingQuantity: 0.001, workingTimeInForce: 'GTC', pendingType: 'LIMIT_MAKER', pendingSide: 'SELL', pendingPrice: near(last, 1.1), pendingQuantity: 0.0009 });
    same('the second waits', [o.contingencyType, o.orderReports.map(r => r.status).sort()], ['OTO', ['NEW', 'PENDING_NEW']]);
    await c.cancelOCO({ symbol, orderListId: o.orderListId });
  });
  await step('binance OTOCO whose first order fills at once', async () => {
    const o = await c.submitNewOrderListOTOCO({ symbol, workingType: 'LIMIT', workingSide: 'BUY', workingPrice: near(last, 1.02), workingQuantity: 0.001, workingTimeInForce: 'GTC', pendingSide: 'SELL', pendingQuantity: 0.0009,
      pendingAboveType: 'LIMIT_MAKER', pendingAbovePrice: near(last, 1.1), pendingBelowType: 'STOP_LOSS', pendingBelowStopPrice: near(last, 0.9) });
    const open = (await c.getOpenOrders({ symbol })).filter(x => x.orderListId === o.orderListId);
    same('the others are placed', open.map(x => [x.type, x.status]).sort(), [['LIMIT_MAKER', 'NEW'], ['STOP_LOSS', 'NEW']]);
    await c.cancelOCO({ symbol, orderListId: o.orderListId });
  });
}

async function refusedSpot(c, last) {
  const limit = { symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: '0.001', price: near(last, 0.9) };
  const { price: _, ...unpriced } = limit; // this client sends what is undefined, by that name
  const of = o => () => c.submitNewOrder(o);
  await step('binance off the tick', () => refuses(-1013, 'Filter failure: PRICE_FILTER', of({ ...limit, price: Math.round(last * 0.9) + '.005' })));
  await step('binance off the step', () => refuses(-1013, 'Filter failure: LOT_SIZE', of({ ...limit, quantity: '0.00100001' })));
  await step('binance more decimals than an asset has', () => refuses(-1111, "Parameter 'quantity' has too much precision.", of({ ...limit, quantity: '0.0010000001' })));
  await step('binance stop on the wrong side', () => refuses(-2010, 'Order would trigger immediately.', of({ symbol, side: 'SELL', type: 'STOP_LOSS', quantity: '0.001', stopPrice: near(last, 1.1) })));
  await step('binance timeInForce of a market order', () => refuses(-1106, "Parameter 'timeInForce' sent when not required.", of({ symbol, side: 'BUY', type: 'MARKET', quantity: '0.001', timeInForce: 'GTC' })));
  await step('binance no price', () => refuses(-1102, "Mandatory parameter 'price' was not sent, was empty/null, or malformed.", () => c.submitNewOrder(unpriced)));
  await step('binance no such side, type, time in force', async () => {
    await refuses(-1117, 'Invalid side.', of({ ...limit, side: 'HOLD' }));
    await refuses(-1116, 'Invalid orderType.', of({ ...limit, type: 'STOP' }));
    await refuses(-1115, 'Invalid timeInForce.', of({ ...limit, timeInForce: 'DAY' }));
  });
  await step('binance no such symbol, interval', async () => {
    await refuses(-1121, 'Invalid symbol.', () => c.getKlines({ symbol: 'NOPE', interval: '1h' }));
    await refuses(-1120, 'Invalid interval.', () => c.getKlines({ symbol, interval: '7h' }));
  });
  await step('binance listenKey of spot is gone', async () => { holds('it says nothing that is JSON of an error', (await refusal(() => c.getSpotUserDataListenKey())).code === undefined); });
}

// heard waits for the first messages of a socket that fit.
function heard(w, fits) {
  return new Promise(yes => w.on('message', m => fits(m?.data ?? m) && yes(m?.data ?? m)));
}

async function streams(o) {
  for (const [where, key] of [['spot', 'main'], ['usdm', 'usdmMarket']]) {
    await step(`binance ${where} websocket streams`, async () => {
      const w = new WebsocketClient(o, quiet);
      w.on('exception', () => {});
      const kline = heard(w, m => m.e === 'kline'), ticker = heard(w, m => m.e === '24hrTicker');
      await w.subscribe(['btcusdt@kline_1h', 'btcusdt@ticker'], key);
      const k = (await within(12000, kline)).k;
      same('what it is', [k.s, k.i, k.T], ['BTCUSDT', '1h', k.t + 3599999]);
      holds('a ticker comes', +(await ticker).c > 0);
      w.closeAll(true);
    });
  }
}

async function websocketAPI(o, last) {
  const w = new WebsocketAPIClient(o, quiet);
  const reports = [];
  w.getWSClient().on('message', m => { const e = m?.event ?? m; if (e?.e) reports.push(e); });
  w.getWSClient().on('exception', () => {});
  const told = async n => { for (let i = 0; i < 50 && reports.length < n; i++) await new Promise(r => setTimeout(r, 100)); };
  await step('binance websocket API: user data, order.place', async () => {
    await w.subscribeUserDataStream('mainWSAPI');
    const r = await w.submitNewSpotOrder({ symbol, side: 'BUY', type: 'MARKET', quantity: '0.001', newOrderRespType: 'FULL', timestamp: Date.now() });
    same('it is filled', [r.status, r.result.status, r.result.executedQty], [200, 'FILLED', '0.00100000']);
    await told(3);
    same('NEW comes before TRADE', reports.filter(e => e.e === 'executionReport').map(e => [e.x, e.X, e.i]).slice(0, 2), [['NEW', 'NEW', r.result.orderId], ['TRADE', 'FILLED', r.result.orderId]]);
    const fill = reports.find(e => e.x === 'TRADE'), of = r.result.fills[0];
    same('the fill is that of the answer', [fill.t, fill.L, fill.l, fill.n, fill.N, fill.m], [of.tradeId, of.price, of.qty, of.commission, of.commissionAsset, false]);
    holds('balances follow', reports.some(e => e.e === 'outboundAccountPosition' && e.B.some(b => b.a === 'BTC')));
  });
  await step('binance websocket API: cancel tells both names', async () => {
    reports.length = 0;
    const r = await w.submitNewSpotOrder({ symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: '0.001', price: String(near(last, 0.9)), newOrderRespType: 'FULL', timestamp: Date.now() });
    const x = await w.cancelSpotOrder({ symbol, orderId: r.result.orderId, timestamp: Date.now() });
    await told(4);
    const e = reports.find(e => e.x === 'CANCELED');
    same('the names', [e.C, e.c, e.X], [x.result.origClientOrderId, x.result.clientOrderId, 'CANCELED']);
  });
  await step('binance websocket API: order lists, listStatus', async () => {
    reports.length = 0;
    const r = await w.placeSpotOCOOrderList({ symbol, side: 'SELL', quantity: '0.001', aboveType: 'LIMIT_MAKER', abovePrice: String(near(last, 1.1)), belowType: 'STOP_LOSS', belowStopPrice: String(near(last, 0.9)), timestamp: Date.now() });
    await told(4);
    const e = reports.find(e => e.e === 'listStatus');
    same('it is told', [e.g, e.c, e.l, e.L, e.O.length], [r.result.orderListId, 'OCO', 'EXEC_STARTED', 'EXECUTING', 2]);
    same('it ends', (await w.cancelSpotOrderList({ symbol, orderListId: r.result.orderListId, timestamp: Date.now() })).result.listOrderStatus, 'ALL_DONE');
  });
  await step('binance websocket API: an order that is refused', async () => {
    const e = await refusal(() => w.submitNewSpotOrder({ symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: '90', price: String(near(last, 0.9)), timestamp: Date.now() }));
    same('what the venue said', [e.status, e.error?.code, e.error?.msg], [400, -2010, 'Account has insufficient balance for requested action.']);
  });
  await step('binance websocket API: account, orders, trades', async () => {
    holds('an account', (await w.getSpotAccountInformation({ timestamp: Date.now() })).result.canTrade);
    same('no open order', (await w.getSpotOpenOrders({ symbol, timestamp: Date.now() })).result, []);
    holds('trades', (await w.getSpotMyTrades({ symbol, timestamp: Date.now() })).result.length > 0);
    holds('klines', (await w.getSpotKlines({ symbol, interval: '1h', limit: 2 })).result.length === 2);
  });
  w.getWSClient().closeAll(true);
}

async function usdm(f, last) {
  const market = (side, more) => f.submitNewOrder({ symbol, side, type: 'MARKET', quantity: '0.01', newOrderRespType: 'RESULT', ...more });
  const limit = { symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: '0.01', price: Math.round(last * 0.95) };
  await step('binance usdm order, position, account', async () => {
    same('it is filled', (await market('BUY')).status, 'FILLED');
    same('the position', (await f.getPositionsV3({ symbol })).map(p => [p.positionSide, +p.positionAmt]), [['BOTH', 0.01]]);
    const a = await f.getAccountInformationV3();
    holds('margin is used', +a.totalInitialMargin > 0 && a.positions.length === 1);
    same('it is closed', (await market('SELL', { reduceOnly: 'true' })).status, 'FILLED');
    holds('trades with their result', (await f.getAccountTrades({ symbol })).some(t => +t.realizedPnl !== 0 || +t.commission > 0));
    holds('fees are income', (await f.getIncomeHistory({ symbol })).some(i => i.incomeType === 'COMMISSION' && +i.income < 0));
  });
  await step('binance usdm algo order', async () => {
    const o = await f.submitNewAlgoOrder({ algoType: 'CONDITIONAL', symbol, side: 'SELL', type: 'STOP_MARKET', quantity: '0.01', triggerPrice: String(Math.round(last * 0.9)) });
    same('it waits', [o.algoStatus, (await f.getOpenAlgoOrders({ symbol })).map(x => x.algoId)], ['NEW', [o.algoId]]);
    await f.cancelAlgoOrder({ algoId: o.algoId });
    same('it is cancelled', (await f.getAlgoOrder({ algoId: o.algoId })).algoStatus, 'CANCELED');
  });
  await step('binance usdm order is changed in place', async () => {
    const o = await f.submitNewOrder(limit);
    const p = await f.modifyOrder({ symbol, orderId: o.orderId, side: 'BUY', quantity: '0.02', price: Math.round(last * 0.94) });
    same('it is the same', [p.orderId, +p.origQty], [o.orderId, 0.02]);
    await f.cancelAllOpenOrders({ symbol });
    same('none is open', await f.getAllOpenOrders({ symbol }), []);
  });
  await step('binance usdm count-down that cancels all', async () => { same('it is set', +(await f.setCancelOrdersOnTimeout({ symbol, countdownTime: 120000 })).countdownTime, 120000); await f.setCancelOrdersOnTimeout({ symbol, countdownTime: 0 }); });
  await step('binance usdm stop at the order endpoint', () => refuses(-4120, 'Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.', () => f.submitNewOrder({ symbol, side: 'SELL', type: 'STOP_MARKET', quantity: '0.01', stopPrice: 1000 })));
  await step('binance usdm position side of the other mode', () => refuses(-4061, "Order's position side does not match user's setting.", () => f.submitNewOrder({ ...limit, positionSide: 'LONG' })));
  await step('binance usdm too little', () => refuses(-4164, "Order's notional must be no smaller than 5 (unless you choose reduce only)", () => f.submitNewOrder({ ...limit, quantity: '0.00001' })));
  await step('binance usdm off the step', () => refuses(-1111, 'Precision is over the maximum defined for this asset.', () => f.submitNewOrder({ ...limit, quantity: '0.010000001' })));
}
