"""The HTTP edge: what programs report to the service and ask of it. The only home of fastapi and starlette."""
