package venue

import (
	"encoding/json"
	"testing"
)

// FuzzWish: whatever a client says gets an answer in JSON, and an id that it gave is the one
// that it gets back.
func FuzzWish(f *testing.F) {
	for _, seed := range []string{
		`{"method":"SUBSCRIBE","params":["btcusdt@kline_1m"],"id":1}`, `{"method":"LIST_SUBSCRIPTIONS","id":"x"}`, `{"method":"GET_PROPERTY","params":["combined"],"id":null}`,
		`{"method":"SET_PROPERTY","params":["combined",false],"id":-1}`, `[]`, `{`, `null`, `{"id":{}}`, "\x00", `{"method":1,"params":{}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		_, _, all := audience(t, 1)
		c := all[0]
		hearStreams(c, message)
		if len(c.queue) != 1 {
			t.Fatalf("%d answers", len(c.queue))
		}
		var reply struct {
			ID   json.RawMessage `json:"id"`
			Code int             `json:"code"`
		}
		if err := json.Unmarshal(c.queue[0].payload(), &reply); err != nil {
			t.Fatalf("%s: %v", c.queue[0].payload(), err)
		}
		if w, no := readWish(message); no == nil && string(reply.ID) != string(w.ID) {
			t.Errorf("%s: id %s, want %s", message, reply.ID, w.ID)
		}
	})
}
