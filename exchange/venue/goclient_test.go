package venue_test

import (
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/adshao/go-binance/v2"
	"github.com/adshao/go-binance/v2/common"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// TestAnotherClient: what go-binance sends is taken, and what it gets it understands.
func TestAnotherClient(t *testing.T) {
	o := options()
	o.Start = market.TimeOf(time.Now())
	o.Spot.Bars[0].OpenTime[0] = o.Start // the only bar of which it matters when it is
	o.Spot.Bars[0] = o.Spot.Bars[0].Slice(0, 1)
	o.Spot.Balances["BTC"] = decimal.New(10, 0)
	d := open(t, o)
	d.step()
	server := httptest.NewServer(d.venue.Handler())
	defer server.Close()
	c := binance.NewClient(api, "secret")
	c.BaseURL = server.URL
	c.TimeOffset = time.Now().UnixMilli() - d.venue.Now().Millis()
	ctx := t.Context()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(c.NewPingService().Do(ctx))
	account, err := c.NewGetAccountService().Do(ctx)
	if check(err); len(account.Balances) != 2 || !account.CanTrade {
		t.Errorf("%+v", account)
	}
	placed, err := c.NewCreateOrderService().Symbol("BTCUSDT").Side(binance.SideTypeSell).Type(binance.OrderTypeMarket).Quantity("1").
		NewClientOrderID("first").NewOrderRespType(binance.NewOrderRespTypeFULL).Do(ctx, binance.WithRecvWindow(5000))
	if check(err); placed.Status != binance.OrderStatusTypeFilled || len(placed.Fills) != 1 || placed.Fills[0].CommissionAsset != "USDT" {
		t.Errorf("%+v", placed)
	}
	_, err = c.NewCreateOrderService().Symbol("BTCUSDT").Side(binance.SideTypeBuy).Type(binance.OrderTypeLimit).TimeInForce(binance.TimeInForceTypeGTC).
		Quantity("1").Price("50").NewClientOrderID("second").NewOrderRespType(binance.NewOrderRespTypeFULL).Do(ctx)
	check(err)
	found, err := c.NewGetOrderService().Symbol("BTCUSDT").OrigClientOrderID("second").Do(ctx)
	if check(err); found.Status != binance.OrderStatusTypeNew || !found.IsWorking || found.Price != "50.00000000" {
		t.Errorf("%+v", found)
	}
	open, err := c.NewListOpenOrdersService().Symbol("BTCUSDT").Do(ctx)
	if check(err); len(open) != 1 {
		t.Errorf("%+v", open)
	}
	cancelled, err := c.NewCancelOrderService().Symbol("BTCUSDT").OrigClientOrderID("second").Do(ctx)
	if check(err); cancelled.Status != binance.OrderStatusTypeCanceled || cancelled.OrigClientOrderID != "second" {
		t.Errorf("%+v", cancelled)
	}
	_, err = c.NewCancelOrderService().Symbol("BTCUSDT").OrigClientOrderID("second").Do(ctx)
	if said := (*common.APIError)(nil); !errors.As(err, &said) || said.Code != -2011 {
		t.Errorf("%v", err)
	}
	oco, err := c.NewCreateOCOService().Symbol("BTCUSDT").Side(binance.SideTypeSell).Quantity("1").Price("120").StopPrice("80").StopLimitPrice("79").
		StopLimitTimeInForce(binance.TimeInForceTypeGTC).Do(ctx)
	if check(err); oco.OrderListID != 1 || len(oco.Orders) != 2 {
		t.Errorf("%+v", oco)
	}
	gone, err := c.NewCancelOCOService().Symbol("BTCUSDT").OrderListID(1).Do(ctx)
	if check(err); gone.ListOrderStatus != "ALL_DONE" || len(gone.OrderReports) != 2 {
		t.Errorf("%+v", gone)
	}
	trades, err := c.NewListTradesService().Symbol("BTCUSDT").Do(ctx)
	if check(err); len(trades) != 1 || trades[0].Quantity != "1.00000000" || trades[0].IsBuyer {
		t.Errorf("%+v", trades)
	}
	fees, err := c.NewGetAPIKeyPermission().Do(ctx)
	if check(err); fees.EnableWithdrawals || !fees.EnableSpotAndMarginTrading {
		t.Errorf("%+v", fees)
	}
}
