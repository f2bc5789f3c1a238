package host

import "strings"

// windowFeatures are the third argument of window.open.
//
// https://html.spec.whatwg.org/multipage/nav-history-apis.html#concept-window-open-features-tokenize
type windowFeatures map[string]string

func featureSeparator(c rune) bool {
	return strings.ContainsRune(" \t\n\f\r=,", c)
}

func parseFeatures(text string) windowFeatures {
	features := windowFeatures{}
	for rest := text; rest != ""; {
		rest = strings.TrimLeftFunc(rest, featureSeparator)
		// 1. A name.
		end := strings.IndexFunc(rest, featureSeparator)
		if end < 0 {
			end = len(rest)
		}
		name := strings.ToLower(rest[:end])
		rest = rest[end:]
		// 2. An equals sign, with spaces around it, and a value.
		value := ""
		if skipped := strings.TrimLeft(rest, " \t\n\f\r"); strings.HasPrefix(skipped, "=") {
			rest = strings.TrimLeftFunc(skipped, func(c rune) bool { return c != ',' && featureSeparator(c) })
			if end = strings.IndexFunc(rest, featureSeparator); end < 0 {
				end = len(rest)
			}
			value = strings.ToLower(rest[:end])
			rest = rest[end:]
		}
		if alias, ok := map[string]string{"screenx": "left", "screeny": "top", "innerwidth": "width", "innerheight": "height"}[name]; ok {
			name = alias
		}
		if name != "" {
			features[name] = value
		}
	}
	return features
}

// boolean returns what a feature says, or otherwise if it is absent.
//
// https://html.spec.whatwg.org/multipage/nav-history-apis.html#concept-window-open-features-parse-boolean
func (f windowFeatures) boolean(name string, otherwise bool) bool {
	value, ok := f[name]
	if !ok {
		return otherwise
	}
	if value == "" || value == "yes" || value == "true" {
		return true
	}
	// An integer other than 0; what follows its digits does not matter.
	digits := strings.TrimPrefix(strings.TrimPrefix(value, "-"), "+")
	digits = strings.TrimLeft(digits, "0")
	return digits != "" && digits[0] >= '1' && digits[0] <= '9'
}

// popup reports whether the window is to be a popup, as its bars tell.
//
// https://html.spec.whatwg.org/multipage/nav-history-apis.html#popup-window-is-requested
func (f windowFeatures) popup() bool {
	if len(f) == 0 {
		return false
	}
	if _, ok := f["popup"]; ok {
		return f.boolean("popup", false)
	}
	location, toolbar := f.boolean("location", false), f.boolean("toolbar", false)
	return !location && !toolbar || !f.boolean("menubar", false) || !f.boolean("resizable", true) || !f.boolean("scrollbars", false) ||
		!f.boolean("status", false)
}
