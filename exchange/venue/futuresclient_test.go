package venue_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/adshao/go-binance/v2/common"
	"github.com/adshao/go-binance/v2/futures"

	"github.com/signalman-trading/signalman/exchange/venue"
)

// client returns a client of others, which asks a venue over loopback.
func (d *desk) client() *futures.Client {
	server := httptest.NewServer(d.venue.Handler())
	transport := &http.Transport{}
	c := futures.NewClient(api, "secret")
	c.SetApiEndpoint(server.URL)
	c.HTTPClient = &http.Client{Transport: transport, Timeout: 10 * time.Second}
	c.TimeOffset = time.Now().UnixMilli() - d.venue.Now().Millis()
	d.t.Cleanup(func() { transport.CloseIdleConnections(); server.Close() })
	return c
}

// must returns what a call gave, without an error.
func must[T any](t *testing.T) func(T, error) T {
	return func(x T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
}

func code(err error) int64 {
	var api *common.APIError
	if errors.As(err, &api) {
		return api.Code
	}
	return 0
}

// TestFuturesClient lets go-binance's client trade, and read everything that it can.
func TestFuturesClient(t *testing.T) {
	d, _ := scene(t, venue.ByTrade, flat(100), flat(100), flat(100), flat(90), flat(90))
	c, ctx := d.client(), context.Background()

	bought := must[*futures.CreateOrderResponse](t)(c.NewCreateOrderService().Symbol("BTCUSDT").Side("BUY").Type("MARKET").Quantity("2").NewClientOrderID("a").NewOrderResponseType("RESULT").Do(ctx))
	if bought.Status != "FILLED" || bought.AvgPrice != "100.00" || bought.ClientOrderID != "a" || bought.RateLimitOrder10s != "1" || bought.RateLimitOrder1m != "1" {
		t.Errorf("%+v", bought)
	}
	rests := must[*futures.CreateOrderResponse](t)(c.NewCreateOrderService().Symbol("BTCUSDT").Side("BUY").Type("LIMIT").TimeInForce("GTX").Quantity("1").Price("95").Do(ctx)) // newOrderRespType is sent empty
	if rests.Status != "NEW" || rests.TimeInForce != "GTX" {
		t.Errorf("%+v", rests)
	}
	if o := must[*futures.ModifyOrderResponse](t)(c.NewModifyOrderService().Symbol("BTCUSDT").Side("BUY").OrderID(rests.OrderID).Quantity("1").Price("94").Do(ctx)); o.Price != "94.00" {
		t.Errorf("%+v", o)
	}
	if o := must[*futures.Order](t)(c.NewGetOrderService().Symbol("BTCUSDT").OrderID(rests.OrderID).Do(ctx)); o.Price != "94.00" || o.Time == 0 {
		t.Errorf("%+v", o)
	}
	if o := must[*futures.Order](t)(c.NewGetOpenOrderService().Symbol("BTCUSDT").OrderID(rests.OrderID).Do(ctx)); o.OrderID != rests.OrderID {
		t.Errorf("%+v", o)
	}
	if list := must[[]*futures.Order](t)(c.NewListOpenOrdersService().Do(ctx)); len(list) != 1 {
		t.Errorf("%d open orders", len(list))
	}
	if list := must[[]*futures.Order](t)(c.NewListOrdersService().Symbol("BTCUSDT").Do(ctx)); len(list) != 2 {
		t.Errorf("%d orders", len(list))
	}
	if o := must[*futures.CancelOrderResponse](t)(c.NewCancelOrderService().Symbol("BTCUSDT").OrderID(rests.OrderID).Do(ctx)); o.Status != "CANCELED" {
		t.Errorf("%+v", o)
	}
	if _, err := c.NewCancelOrderService().Symbol("BTCUSDT").OrderID(rests.OrderID).Do(ctx); code(err) != -2011 {
		t.Errorf("cancelled twice: %v", err)
	}
	if err := c.NewCancelAllOpenOrdersService().Symbol("BTCUSDT").Do(ctx); err != nil {
		t.Error(err)
	}

	stop := must[*futures.CreateAlgoOrderResp](t)(c.NewCreateAlgoOrderService().Symbol("BTCUSDT").Side("SELL").Type("STOP_MARKET").Quantity("2").TriggerPrice("95").ReduceOnly(true).ClientAlgoId("s").Do(ctx))
	if stop.AlgoStatus != "NEW" || stop.ClientAlgoId != "s" || stop.AlgoId == 0 || !stop.ReduceOnly {
		t.Errorf("%+v", stop)
	}
	if list := must[[]futures.GetAlgoOrderResp](t)(c.NewListOpenAlgoOrdersService().Symbol("BTCUSDT").Do(ctx)); len(list) != 1 || list[0].AlgoId != stop.AlgoId {
		t.Errorf("%+v", list)
	}
	other := must[*futures.CreateAlgoOrderResp](t)(c.NewCreateAlgoOrderService().Symbol("BTCUSDT").Side("SELL").Type("TRAILING_STOP_MARKET").Quantity("2").CallbackRate("1").ActivatePrice("110").Do(ctx))
	if o := must[*futures.CancelAlgoOrderResp](t)(c.NewCancelAlgoOrderService().AlgoID(other.AlgoId).Do(ctx)); o.Code != "200" {
		t.Errorf("%+v", o)
	}
	d.minute(3)
	c.TimeOffset = time.Now().UnixMilli() - d.venue.Now().Millis()
	if o := must[*futures.GetAlgoOrderResp](t)(c.NewGetAlgoOrderService().ClientAlgoID("s").Do(ctx)); o.AlgoStatus != "FINISHED" || o.ActualOrderId == "" {
		t.Errorf("%+v", o)
	}
	if list := must[[]futures.GetAlgoOrderResp](t)(c.NewListAllAlgoOrdersService().Symbol("BTCUSDT").Do(ctx)); len(list) != 2 {
		t.Errorf("%+v", list)
	}
	if err := c.NewCancelAllAlgoOpenOrdersService().Symbol("BTCUSDT").Do(ctx); err != nil {
		t.Error(err)
	}
	readAccount(ctx, t, c)
}

// readAccount reads settings, positions and history after a loss of 20 and fees of 0.19.
func readAccount(ctx context.Context, t *testing.T, c *futures.Client) {
	must[*futures.CreateOrderResponse](t)(c.NewCreateOrderService().Symbol("BTCUSDT").Side("SELL").Type("MARKET").Quantity("1").Do(ctx))
	if a := must[*futures.AccountV3](t)(c.NewGetAccountV3Service().Do(ctx)); a.TotalWalletBalance != "979.76500000" || len(a.Positions) != 1 || a.Positions[0].PositionAmt != "-1.000" {
		t.Errorf("%+v", a)
	}
	if a := must[*futures.Account](t)(c.NewGetAccountService().Do(ctx)); !a.CanTrade || len(a.Positions) != 1 || a.Positions[0].Leverage != "10" || a.Positions[0].EntryPrice != "90.00000000" {
		t.Errorf("%+v", a)
	}
	if list := must[[]*futures.Balance](t)(c.NewGetBalanceService().Do(ctx)); len(list) != 1 || list[0].Balance != "979.76500000" {
		t.Errorf("%+v", list)
	}
	if list := must[[]*futures.PositionRisk](t)(c.NewGetPositionRiskService().Symbol("BTCUSDT").Do(ctx)); len(list) != 1 || list[0].MarginType != "cross" {
		t.Errorf("%+v", list)
	}
	if list := must[[]*futures.PositionRiskV3](t)(c.NewGetPositionRiskV3Service().Do(ctx)); len(list) != 1 || list[0].MarginAsset != "USDT" {
		t.Errorf("%+v", list)
	}
	if list := must[[]*futures.AccountTrade](t)(c.NewListAccountTradeService().Symbol("BTCUSDT").Do(ctx)); len(list) != 3 || list[1].RealizedPnl != "-20.00000000" {
		t.Errorf("%+v", list)
	}
	if list := must[[]*futures.IncomeHistory](t)(c.NewGetIncomeHistoryService().IncomeType("COMMISSION").Do(ctx)); len(list) != 3 {
		t.Errorf("%+v", list)
	}
	if r := must[*futures.CommissionRate](t)(c.NewCommissionRateService().Symbol("BTCUSDT").Do(ctx)); r.TakerCommissionRate != "0.0005" {
		t.Errorf("%+v", r)
	}
	if l := must[*futures.SymbolLeverage](t)(c.NewChangeLeverageService().Symbol("BTCUSDT").Leverage(20).Do(ctx)); l.Leverage != 20 {
		t.Errorf("%+v", l)
	}
	if err := c.NewChangeMarginTypeService().Symbol("BTCUSDT").MarginType("CROSSED").Do(ctx); code(err) != -4046 {
		t.Errorf("margin type: %v", err)
	}
	if m := must[*futures.PositionMode](t)(c.NewGetPositionModeService().Do(ctx)); m.DualSidePosition {
		t.Errorf("%+v", m)
	}
	if err := c.NewChangePositionModeService().DualSide(false).Do(ctx); code(err) != -4059 {
		t.Errorf("position mode: %v", err)
	}
	if list := must[[]*futures.LeverageBracket](t)(c.NewGetLeverageBracketService().Symbol("BTCUSDT").Do(ctx)); len(list) != 1 || len(list[0].Brackets) != 2 {
		t.Errorf("%+v", list)
	}
	key := must[string](t)(c.NewStartUserStreamService().Do(ctx))
	if err := c.NewKeepaliveUserStreamService().ListenKey(key).Do(ctx); err != nil {
		t.Error(err)
	}
	if err := c.NewCloseUserStreamService().ListenKey(key).Do(ctx); err != nil {
		t.Error(err)
	}
}
