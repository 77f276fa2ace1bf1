package control

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// The bounds of requests, and how long a command may take to be in the journal.
const (
	maxBody     = 16 << 10
	maxHeader   = 16 << 10
	tellTimeout = 30 // seconds
)

// api makes the handler of all that is asked, and the document that describes it.
func (s *Server) api() (http.Handler, *huma.OpenAPI) {
	mux := http.NewServeMux()
	cfg := huma.DefaultConfig("Signalman control", "1")
	cfg.Info.Description = "Watches a session at work and tells it what to do. Decimals are strings; times are RFC 3339, in UTC; errors are problems of RFC 9457, with a hint."
	cfg.OpenAPIPath, cfg.DocsPath, cfg.SchemasPath = "", "", "" // the first has a data race, the second loads scripts from elsewhere
	cfg.CreateHooks = nil
	cfg.RejectUnknownQueryParameters = true
	cfg.Transformers = []huma.Transformer{hinted}
	a := humago.New(mux, cfg)
	s.views(a)
	s.commands(a)
	delete(a.OpenAPI().Components.Schemas.Map(), "ErrorModel") // hinted turns it into a Problem
	return mux, a.OpenAPI()
}

// OpenAPI returns the document that describes the API, as indented JSON.
func OpenAPI() ([]byte, error) {
	_, doc := newServer(Config{}).api()
	text, err := json.MarshalIndent(doc, "", "  ")
	return append(text, '\n'), err
}

// operation describes one request. All of them fail in the same form.
func operation(a huma.API, method, path, id, summary, description string) huma.Operation {
	schemas := a.OpenAPI().Components.Schemas
	return huma.Operation{
		OperationID: id, Method: method, Path: path, Summary: summary, Description: description,
		MaxBodyBytes: maxBody, DefaultStatus: http.StatusOK,
		Responses: map[string]*huma.Response{"default": {
			Description: "what is wrong, and what to do next",
			Content:     map[string]*huma.MediaType{problemType: {Schema: huma.SchemaFromType(schemas, typeOf[Problem]())}},
		}},
	}
}

// answer is a response of one body.
type answer[B any] struct{ Body B }

// get registers a view.
func get[I, B any](a huma.API, path, id, summary, description string, f func(context.Context, *I) (B, error)) {
	huma.Register(a, operation(a, http.MethodGet, path, id, summary, description), answered(f))
}

// post registers a command.
func post[B any](a huma.API, path, id, summary, description string, f func(context.Context, Order) (B, error)) {
	huma.Register(a, operation(a, http.MethodPost, path, id, summary, description), answered(func(ctx context.Context, in *commanded) (B, error) {
		order := Order{}
		if in.Body != nil {
			order = *in.Body
		}
		return f(ctx, order)
	}))
}

func answered[I, B any](f func(context.Context, *I) (B, error)) func(context.Context, *I) (*answer[B], error) {
	return func(ctx context.Context, in *I) (*answer[B], error) {
		body, err := f(ctx, in)
		if err != nil {
			return nil, problemOf(err)
		}
		return &answer[B]{body}, nil
	}
}
