package venue_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// keyed asks for a listen key with nothing but the API key.
func (h *house) keyed(method string) (key string) {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, "http://venue/fapi/v1/listenKey", http.NoBody)
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("X-MBX-APIKEY", api)
	res, err := h.client.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	var answer struct {
		Key  string `json:"listenKey"`
		Code int    `json:"code"`
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		h.t.Fatal(err)
	}
	if answer.Code != 0 {
		return fmt.Sprint(answer.Code)
	}
	return answer.Key
}

// hears reads a line until it ends, which answers its pings.
func (l *line) hears() <-chan string {
	heard := make(chan string, 100)
	go func() {
		defer close(heard)
		for {
			_, m, err := l.ReadMessage()
			if err != nil {
				return
			}
			heard <- string(m)
		}
	}()
	return heard
}

// TestListenKey: a key lives for an hour after it was last asked for, opens the private
// streams in each of their forms, and its end is told.
func TestListenKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := futuresOptions()
		o.Speed = 1
		h := serve(t, o)
		defer h.stop()
		desk := &desk{t: t, venue: h.Venue}
		if got := h.keyed("PUT"); got != "-1125" {
			t.Errorf("a key that is none was prolonged: %s", got)
		}
		key := h.keyed("POST")
		if len(key) != 64 {
			t.Fatalf("the key is %q", key)
		}
		plain, named := h.dial("/private/ws?listenKey="+key), h.dial("/private/stream?listenKey="+key+"&events=ORDER_TRADE_UPDATE/ALGO_UPDATE")
		path, asked, wrong := h.dial("/private/ws/"+key), h.dial("/private/ws"), h.dial("/private/ws?listenKey=other")
		for _, l := range []*line{plain, named, path, asked, wrong} {
			defer l.Close()
		}
		if got := asked.reply(`{"method":"SUBSCRIBE","params":["` + key + `"],"id":1}`); got != `{"result":null,"id":1}` {
			t.Errorf("subscribed: %s", got)
		}
		heard := map[*line]<-chan string{}
		for _, l := range []*line{plain, named, path, asked, wrong} {
			heard[l] = l.hears()
		}
		time.Sleep(50 * time.Minute)
		if again := h.keyed("POST"); again != key {
			t.Errorf("another key %q while %q lives", again, key)
		}
		time.Sleep(50 * time.Minute)
		if again := h.keyed("PUT"); again != key {
			t.Errorf("prolonged: %q", again)
		}
		desk.wants(newOrder+"&type=MARKET&quantity=1&newClientOrderId=a", `{"status":"FILLED"}`)
		for _, l := range []*line{plain, path, asked} {
			for _, want := range []string{`{"e":"ORDER_TRADE_UPDATE"`, `{"e":"ACCOUNT_UPDATE"`, `{"e":"ORDER_TRADE_UPDATE"`, `{"e":"TRADE_LITE"`} {
				if got := <-heard[l]; !strings.HasPrefix(got, want) {
					t.Errorf("%s, want %s", got, want)
				}
			}
		}
		for range 2 {
			if got := <-heard[named]; !strings.HasPrefix(got, `{"stream":"`+key+`","data":{"e":"ORDER_TRADE_UPDATE"`) {
				t.Errorf("%s", got)
			}
		}
		began := time.Now()
		want := fmt.Sprintf(`{"e":"listenKeyExpired","E":%d,"listenKey":"%s"}`, (h.Now() + 3600e9).Millis(), key)
		if got := <-heard[plain]; got != want || time.Since(began) != time.Hour {
			t.Errorf("%s after %s, want %s", got, time.Since(began), want)
		}
		if got := <-heard[named]; got != `{"stream":"`+key+`","data":`+want+`}` {
			t.Errorf("%s", got)
		}
		if got := h.keyed("DELETE"); got != "-1125" {
			t.Errorf("a key that had expired was ended: %s", got)
		}
		if next := h.keyed("POST"); next == key || len(next) != 64 {
			t.Errorf("the next key is %q", next)
		}
		if got := h.keyed("DELETE"); got != "" {
			t.Errorf("the end of a key: %s", got)
		}
		desk.wants(newOrder+"&type=MARKET&quantity=1&newClientOrderId=b", `{"status":"FILLED"}`)
		synctest.Wait()
		_ = wrong.Close()
		for m := range heard[wrong] {
			t.Errorf("said with a key that is none: %s", m)
		}
	})
}

// TestKeysExpireByHand: the venue may end a key at any time.
func TestKeysExpireByHand(t *testing.T) {
	d := open(t, futuresOptions())
	hear := d.venue.Hear()
	d.wants("POST /fapi/v1/listenKey?", `{}`)
	d.venue.ExpireKeys()
	says(t, hear(), `{"e":"listenKeyExpired"}`)
	d.wants("PUT /fapi/v1/listenKey?", `{"code":-1125}`)
}
