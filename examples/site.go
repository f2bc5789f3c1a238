package main

import (
	"embed"
	"fmt"
	"io/fs"
	"net/http"
)

//go:embed pages
var pages embed.FS

// site serves the pages on every name, so that localhost, contacts.localhost and game.localhost are
// three origins with the same files; and the contacts service.
type site struct {
	mux      *http.ServeMux
	contacts *contacts
}

// newSite returns the site with one of the contacts provider's two implementations.
func newSite(provider string) (*site, error) {
	files, err := fs.Sub(pages, "pages")
	if err != nil {
		return nil, err
	}
	implementation, err := fs.Sub(files, "provider/"+provider)
	if err != nil {
		return nil, err
	}
	if _, err := fs.Stat(implementation, "index.html"); err != nil {
		return nil, fmt.Errorf("--provider %s: want requests or shared-worker", provider)
	}
	s := &site{mux: http.NewServeMux(), contacts: new(contacts)}
	s.mux.Handle("/", http.FileServerFS(files))
	s.mux.Handle("/provider/", http.StripPrefix("/provider/", http.FileServerFS(implementation)))
	s.mux.HandleFunc("POST /contacts", s.contacts.post)
	s.mux.HandleFunc("GET /contacts/socket", s.contacts.socket)
	return s, nil
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store") // the files do not change after the program was built
	s.mux.ServeHTTP(w, r)
}
