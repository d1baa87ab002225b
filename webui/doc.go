// Package webui serves a page that shows a list of sessions: search that answers every
// keystroke, counts beside the filters, a list with an exact scrollbar, live updates. The
// page is a set of embedded ES modules and gets all data from the API; it needs nothing
// from another origin, and no build step.
//
//	api, err := httpapi.NewHandler(engine, &httpapi.Options{APIKeys: keys, Login: true})
//	…
//	page, err := webui.NewHandler(api, &webui.Options{Fields: fields}) // as the engine was given them
//	…
//	http.ListenAndServe("127.0.0.1:8080", page)
//
// All addresses of the page are relative, so it may be mounted below any path, with
// http.StripPrefix around the handler.
//
// The address has the listing as the API's own parameters. The page adds only id, the
// session whose details are open, and view=plain, the page without scripts, which the
// server renders for print, for the browser's own search, and for browsers without
// JavaScript.
//
// The page runs under a Content-Security-Policy that allows its own files and nothing
// else, with Trusted Types: a title is text, whatever is written in it.
package webui
