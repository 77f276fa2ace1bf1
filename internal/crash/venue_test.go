package crash_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// venue is a process of 'signalman venue'.
type venue struct {
	p                       *play
	cmd                     *exec.Cmd
	URL, Admin, Key, Secret string
	client                  http.Client
}

// held is what a venue says that the account has: of its admin API.
type held struct {
	Time market.Time
	Spot *holdings
	USDM *holdings
}

type holdings struct {
	Balances []struct {
		Asset        string
		Free, Locked decimal.Decimal
	}
	Positions []struct {
		Symbol          string
		Quantity, Entry decimal.Decimal
	}
	Orders []order
	Trades []trade
}

type order struct {
	ID                        int64
	Client, Symbol            string
	Side, Type, Status        string
	Price, Stop               decimal.Decimal
	Quantity, Executed, Spent decimal.Decimal
	Created, Updated          market.Time
}

type trade struct {
	Trade                string
	Time                 market.Time
	Price, Quantity, Fee decimal.Decimal
	FeeAsset             string `json:"fee_asset"`
	Order                int64
	Client, Symbol       string
}

// startVenue starts the venue of a play, with faults.
func startVenue(p *play) *venue {
	speed, kind := "step", "spot"
	if p.kind.speed > 0 {
		speed = fmt.Sprint(p.kind.speed)
	}
	args := []string{
		"--data", filepath.Join(p.dir, "venue"), "--format", "json", "venue", "--history", "store", "--from", p.start.String(), "--speed", speed, "--clock", "history",
		"--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--balance", "USDT=100000", "--seed", fmt.Sprint(p.seed),
	}
	if p.kind.usdm {
		kind = "usdm"
	} else {
		args = append(args, "--balance", "BTC=3")
	}
	args = append(args, "--market", kind)
	for _, f := range p.faults() {
		args = append(args, "--fault", f)
	}
	v := &venue{p: p, cmd: exec.Command(program(p.t), args...), client: http.Client{Timeout: 30 * time.Second}}
	log, err := os.Create(filepath.Join(p.dir, "venue.log"))
	if err != nil {
		p.t.Fatal(err)
	}
	defer log.Close()
	v.cmd.Stderr = log
	out, err := v.cmd.StdoutPipe()
	if err == nil {
		err = v.cmd.Start()
	}
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(v.stop)
	if err := json.NewDecoder(bufio.NewReader(out)).Decode(v); err != nil {
		text, _ := os.ReadFile(log.Name())
		p.t.Fatalf("the venue says %v: %s", err, text)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return v
}

func (v *venue) stop() {
	_ = v.cmd.Process.Kill()
	_ = v.cmd.Wait()
}

// ask asks the venue's admin API.
func (v *venue) ask(method, path string, query url.Values, into any) {
	v.p.t.Helper()
	q, err := http.NewRequest(method, v.Admin+path+"?"+query.Encode(), nil)
	if err != nil {
		v.p.t.Fatal(err)
	}
	res, err := v.client.Do(q)
	if err != nil {
		v.p.t.Fatalf("the venue: %v", err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode == http.StatusOK {
		err = json.Unmarshal(body, into)
	}
	if err != nil || res.StatusCode != http.StatusOK {
		v.p.t.Fatalf("the venue says %d to %s %s: %v: %.300s", res.StatusCode, method, path, err, body)
	}
}

// now is the venue's time.
func (v *venue) now() market.Time {
	var clock struct{ Now market.Time }
	v.ask(http.MethodGet, "/clock", nil, &clock)
	return clock.Now
}

// step moves a stepped clock.
func (v *venue) step(n int) {
	var stepped struct{ Time market.Time }
	v.ask(http.MethodPost, "/step", url.Values{"n": {fmt.Sprint(n)}}, &stepped)
}

// fail sets a fault.
func (v *venue) fail(fault string) {
	var list struct{}
	v.ask(http.MethodPost, "/faults", url.Values{"fault": {fault}}, &list)
}

// mend removes all faults.
func (v *venue) mend() {
	var left struct{}
	v.ask(http.MethodDelete, "/faults", nil, &left)
}

// hits counts how often each fault has hit.
func (v *venue) hits() map[string]int {
	var list struct{ Hits map[string]int }
	v.ask(http.MethodGet, "/faults", nil, &list)
	return list.Hits
}

// keep writes down what the account has, for who looks into a play that failed.
func (v *venue) keep(h *holdings) {
	b, err := json.MarshalIndent(h, "", " ")
	if err == nil {
		err = os.WriteFile(filepath.Join(v.p.dir, "account.json"), b, 0o600)
	}
	if err != nil {
		v.p.t.Fatal(err)
	}
}

// forget waits until the connections of a process that is dead are gone, and tells the venue
// that nobody comes back.
func (v *venue) forget() {
	for range 1000 {
		var left struct{ Connections int }
		if v.ask(http.MethodPost, "/forget", nil, &left); left.Connections == 0 {
			v.ask(http.MethodPost, "/forget", nil, &left)
			return
		}
		time.Sleep(time.Millisecond)
	}
	v.p.t.Fatal("the venue does not see that its client is dead")
}

// state returns what the account has, once requests of a process that is dead are over: two
// looks, some time apart, must see the same orders.
func (v *venue) state() *holdings {
	var last *holdings
	for range 100 {
		var h held
		v.ask(http.MethodGet, "/state", nil, &h)
		now := h.Spot
		if v.p.kind.usdm {
			now = h.USDM
		}
		if last != nil && (v.p.kind.speed > 0 || reflect.DeepEqual(last.Orders, now.Orders)) {
			v.keep(now)
			return now
		}
		last = now
		time.Sleep(4 * time.Millisecond) // for what is in the sockets
	}
	v.p.t.Fatal("the venue's orders change though nobody is there")
	return nil
}
