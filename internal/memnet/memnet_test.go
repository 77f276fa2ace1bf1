package memnet

import (
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// TestServerAndClientShareTime lets a server take an hour for its answer, at once.
func TestServerAndClientShareTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := Listen()
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Hour)
			io.WriteString(w, "late")
		})}
		go server.Serve(l)
		client, began := l.Client(), time.Now()
		res, err := client.Get("http://any.example/")
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || string(text) != "late" || time.Since(began) != time.Hour {
			t.Errorf("%q after %s, %v", text, time.Since(began), err)
		}
		client.CloseIdleConnections()
		server.Close()
		if _, err := client.Get("http://any.example/"); err == nil {
			t.Error("a closed server is reached")
		}
	})
}
