package tokenmetricstest

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// State is what Admin tells of a server.
type State struct {
	Flow   Flow      `json:"flow"`
	Now    time.Time `json:"now"` // by its clock
	Used   Used      `json:"used"`
	Faults []Fault   `json:"faults"`
}

// Admin returns a handler that watches and changes a server while it runs. It belongs on a
// loopback address of its own. It refuses what pages of other sites send by a browser.
//
//	GET    /           the state, as JSON
//	POST   /faults     sets a fault: name=, value=, endpoint=, times= in the query
//	DELETE /faults     clears the faults with the name= in the query, or all
func Admin(s *Server) http.Handler {
	mux := http.NewServeMux()
	tell := func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/json")
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		_ = e.Encode(State{s.o.Flow, s.o.Now().UTC(), s.Used(), s.Faults()}) // a client that is gone needs no answer
	}
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { tell(w) })
	mux.HandleFunc("POST /faults", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		f := Fault{Name: q.Get("name"), Value: q.Get("value"), Endpoint: q.Get("endpoint")}
		if text := q.Get("times"); text != "" {
			n, err := strconv.Atoi(text)
			if err != nil {
				http.Error(w, "times is no number", http.StatusBadRequest)
				return
			}
			f.Times = n
		}
		if err := s.Set(f); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		tell(w)
	})
	mux.HandleFunc("DELETE /faults", func(w http.ResponseWriter, r *http.Request) {
		if name := r.URL.Query().Get("name"); name != "" {
			s.Clear(name)
		} else {
			s.Clear()
		}
		tell(w)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Origin") != "" {
			http.Error(w, "not for browsers", http.StatusForbidden)
			return
		}
		mux.ServeHTTP(w, r)
	})
}
