"""The API: departments' systems send data and fetch what their key permits. OpenAPI 3.1 at /api/v1/openapi.json."""
