"""For gunicorn."""


def app(environ, start_response):
    environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", "6")])
    return [b"hello\n"]
