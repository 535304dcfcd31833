"""What many run today, to compare with: FastAPI, HTTPBearer and PyJWT. Settings as the reference server's."""

import os
import urllib.request

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

with urllib.request.urlopen(os.environ["JWKS_URL"]) as answer:
    KEYS = {key.key_id: key for key in jwt.PyJWKSet.from_json(answer.read().decode()).keys}

app = FastAPI()


def claims(bearer: HTTPAuthorizationCredentials = Depends(HTTPBearer())):
    try:
        key = KEYS[jwt.get_unverified_header(bearer.credentials)["kid"]]
        return jwt.decode(
            bearer.credentials, key.key, [key.algorithm_name], audience=os.environ["AUDIENCE"], issuer=os.environ["ISSUER"]
        )
    except (jwt.InvalidTokenError, KeyError) as error:
        raise HTTPException(401, headers={"www-authenticate": "Bearer"}) from error


@app.get("/public")
async def public():
    return "public"


@app.get("/api/me")
async def me(claims: dict = Depends(claims)):
    return {"sub": claims["sub"]}
