// An Ed25519 key, which signs otherwise and may log on, and what clients make of an exchange that fails.
import { MainClient } from 'binance';
import { Spot } from '@binance/spot';
import { open } from './ccxt.mjs';
import { step, holds, same, refusal, near } from './step.mjs';

const symbol = 'BTCUSDT';

export async function judgeKeys(rest, admin, key, pem) {
  const ex = await open(rest, key, pem, false);
  await ex.loadMarkets();
  const last = (await ex.fetchTicker('BTC/USDT')).last;
  await step('ccxt Ed25519 order by REST and by the websocket API', async () => {
    const o = await ex.createOrder('BTC/USDT', 'limit', 'buy', 0.001, near(last, 0.9));
    same('it is cancelled', (await ex.cancelOrder(o.id, 'BTC/USDT')).status, 'canceled');
    const p = await ex.createOrderWs('BTC/USDT', 'limit', 'buy', 0.001, near(last, 0.9));
    same('this one too', (await ex.cancelOrderWs(p.id, 'BTC/USDT')).status, 'canceled');
  });
  await step('binance Ed25519 order', async () => {
    const c = new MainClient({ api_key: key, api_secret: pem, baseUrl: rest });
    const o = await c.submitNewOrder({ symbol, side: 'BUY', type: 'MARKET', quantity: '0.001', newOrderRespType: 'FULL' });
    same('it is filled', o.status, 'FILLED');
  });
  await step('@binance/spot Ed25519 order, log-on, user data of the session', async () => {
    const c = new Spot({
      configurationRestAPI: { apiKey: key, privateKey: pem, basePath: rest, retries: 0 },
      configurationWebsocketAPI: { apiKey: key, privateKey: pem, wsURL: rest.replace('http', 'ws') + '/ws-api/v3' },
    });
    same('it may trade', (await (await c.restAPI.getAccount()).data()).canTrade, true);
    const w = await c.websocketAPI.connect();
    same('whose session it is', (await w.sessionLogon())[0].data.apiKey, key);
    const { stream } = await w.userDataStreamSubscribe();
    const report = new Promise(yes => stream.on('message', m => m.e === 'executionReport' && yes(m)));
    const o = (await w.orderPlace({ symbol, side: 'SELL', type: 'MARKET', quantity: 0.0005 })).data;
    same('the report', String((await report).i), String(o.orderId));
    await w.disconnect();
  });
  await faults(ex, admin, last);
  await ex.close();
}

// faults lets the next calls fail, and wants ccxt to know them for what they are.
async function faults(ex, admin, last) {
  const once = f => fetch(`${admin}/faults?fault=${encodeURIComponent(f)}`, { method: 'POST' });
  const order = name => ex.createOrder('BTC/USDT', 'limit', 'buy', 0.001, near(last, 0.9), { newClientOrderId: name });
  const found = async name => (await ex.fetchOrder(undefined, 'BTC/USDT', { clientOrderId: name })).status;
  for (const [fault, name, there] of [
    ['unknown@order.place*1', 'RequestTimeout', true],
    ['html-503@order.place*1', 'ExchangeNotAvailable', false],
    ['html-503-taken@order.place*1', 'ExchangeNotAvailable', true],
    ['reply-lost@order.place*1', 'NetworkError', true],
  ]) {
    await step(`ccxt spot fault ${fault}`, async () => {
      const id = 'fault-' + fault.replace(/[^a-z0-9]/g, '-');
      await once(fault);
      const e = await refusal(() => order(id));
      same('what ccxt calls it', e.constructor.name, name);
      if (there) same('it was taken all the same', await found(id), 'open');
      else same('it was not taken', (await refusal(() => found(id))).constructor.name, 'OrderNotFound');
    });
  }
  await step('ccxt spot fault limited: 429 with Retry-After', async () => {
    await once('limited=2s@GET /api/v3/account');
    same('what ccxt calls it', (await refusal(() => ex.fetchBalance())).constructor.name, 'DDoSProtection');
    holds('how long to wait is told', +(ex.last_response_headers['Retry-After'] ?? ex.last_response_headers['retry-after']) > 0);
  });
  await fetch(`${admin}/faults`, { method: 'DELETE' });
}
