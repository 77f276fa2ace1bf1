package signals

import (
	"net/http"
	"strings"
)

// SyntheticHeader marks, in an answer, that it comes from a stand-in and not from the
// provider: everything in it is made up. Its value is "1".
const SyntheticHeader = "X-Signalman-Synthetic"

// syntheticSuffix sets the source of made-up rows apart.
const syntheticSuffix = "-synthetic"

// IsSynthetic reports whether an answer with these headers is made up.
func IsSynthetic(h http.Header) bool { return h.Get(SyntheticHeader) != "" }

// SyntheticSource returns the name under which the made-up rows of a stand-in for a source
// are stored: "tokenmetrics-synthetic". They never mix with what the provider said, and
// lists, reports and studies show by the name what they are.
func SyntheticSource(name string) string {
	if SaysSynthetic(name) {
		return name
	}
	return name + syntheticSuffix
}

// SaysSynthetic reports whether rows of a source are made up, by its name.
func SaysSynthetic(source string) bool { return strings.HasSuffix(source, syntheticSuffix) }
