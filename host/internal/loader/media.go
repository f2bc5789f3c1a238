package loader

import (
	"encoding/base64"
	"errors"
	"mime"
	"net/http"
	"strings"

	hosturl "github.com/entangle-go/entangle/host/internal/url"
)

// MediaType is a parsed Content-Type.
//
// https://mimesniff.spec.whatwg.org/#understanding-mime-types
type MediaType struct {
	Essence string // such as "text/html", lower case; "" if there is none
	Charset string // as it was written, "" if none
}

// ParseMediaType reads a Content-Type; what is malformed is like none.
func ParseMediaType(contentType string) MediaType {
	essence, parameters, err := mime.ParseMediaType(contentType)
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) || !strings.Contains(essence, "/") {
		// A malformed parameter does not matter.
		essence = strings.ToLower(strings.TrimSpace(strings.SplitN(contentType, ";", 2)[0]))
		if strings.Count(essence, "/") != 1 || strings.ContainsAny(essence, " \t\"(),:<>@[]{}") {
			return MediaType{}
		}
	}
	return MediaType{Essence: essence, Charset: parameters["charset"]}
}

// MediaType returns the type of the response, or what its first bytes look like if it has none.
//
// https://mimesniff.spec.whatwg.org/#mime-type-sniffing-algorithm
func (r *Response) MediaType() MediaType {
	if values := r.Header.Values("Content-Type"); len(values) > 0 {
		if t := ParseMediaType(values[len(values)-1]); t.Essence != "" {
			return t
		}
	}
	return MediaType{Essence: ParseMediaType(http.DetectContentType(r.Body)).Essence}
}

// IsJavaScript reports whether a type is one of script.
//
// https://mimesniff.spec.whatwg.org/#javascript-mime-type
func (t MediaType) IsJavaScript() bool {
	switch t.Essence {
	case "application/ecmascript", "application/javascript", "application/x-ecmascript", "application/x-javascript", "text/ecmascript",
		"text/javascript", "text/javascript1.0", "text/javascript1.1", "text/javascript1.2", "text/javascript1.3", "text/javascript1.4",
		"text/javascript1.5", "text/jscript", "text/livescript", "text/x-ecmascript", "text/x-javascript":
		return true
	}
	return false
}

// IsJSON reports whether a type is one of JSON.
func (t MediaType) IsJSON() bool {
	return t.Essence == "application/json" || t.Essence == "text/json" || strings.HasSuffix(t.Essence, "+json")
}

// IsHTML reports whether a document of the type is parsed as HTML.
//
// DEVIATION: XHTML is parsed as HTML, too.
func (t MediaType) IsHTML() bool {
	return t.Essence == "text/html" || t.Essence == "application/xhtml+xml"
}

// BlockedScript reports whether a script of the type must not run although the type of classic
// scripts does not matter otherwise.
//
// https://fetch.spec.whatwg.org/#should-response-to-request-be-blocked-due-to-mime-type?
func (t MediaType) BlockedScript() bool {
	return strings.HasPrefix(t.Essence, "audio/") || strings.HasPrefix(t.Essence, "image/") || strings.HasPrefix(t.Essence, "video/") ||
		t.Essence == "text/csv"
}

// Nosniff reports whether the server wants its types to be taken literally.
//
// https://fetch.spec.whatwg.org/#x-content-type-options-header
func (r *Response) Nosniff() bool {
	first, _, _ := strings.Cut(r.Header.Get("X-Content-Type-Options"), ",")
	return strings.EqualFold(strings.TrimSpace(first), "nosniff")
}

// parseDataURL takes a data: URL apart.
//
// https://fetch.spec.whatwg.org/#data-url-processor
func parseDataURL(u string) (contentType string, body []byte, err error) {
	u, _, _ = strings.Cut(u, "#")
	contentType, data, found := strings.Cut(strings.TrimPrefix(u, "data:"), ",")
	if !found {
		return "", nil, errors.New("a data: URL needs a comma")
	}
	body = hosturl.PercentDecode(data)
	contentType = strings.Trim(contentType, " \t\n\f\r")
	if before, ok := cutBase64(contentType); ok {
		contentType = before
		if body, err = forgivingBase64(string(body)); err != nil {
			return "", nil, err
		}
	}
	if strings.HasPrefix(contentType, ";") {
		contentType = "text/plain" + contentType
	}
	if ParseMediaType(contentType).Essence == "" {
		contentType = "text/plain;charset=US-ASCII"
	}
	return contentType, body, nil
}

// cutBase64 removes ";base64" from the end.
func cutBase64(s string) (string, bool) {
	const suffix = "base64"
	if len(s) < len(suffix) || !strings.EqualFold(s[len(s)-len(suffix):], suffix) {
		return s, false
	}
	before := strings.TrimRight(s[:len(s)-len(suffix)], " ")
	return strings.CutSuffix(before, ";")
}

// forgivingBase64 is the Infra Standard's forgiving-base64 decode.
//
// https://infra.spec.whatwg.org/#forgiving-base64-decode
func forgivingBase64(s string) ([]byte, error) {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\n\f\r", r) {
			return -1
		}
		return r
	}, s)
	if len(s)%4 == 0 {
		s = strings.TrimSuffix(strings.TrimSuffix(s, "="), "=")
	}
	b, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil {
		return nil, errors.New("not base64")
	}
	return b, nil
}
