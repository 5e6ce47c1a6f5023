"""The edge towards the governments and the press: fetches bodies and reads them into items."""
