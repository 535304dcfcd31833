//! What a token says, once its signature is good.

use std::{fmt, ops::Deref, sync::Arc};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, DeserializeSeed},
};

use super::json::{EachText, read_member};
use crate::bearer::{AuthError, Grant};

/// The identity of [`JwtValidator`](super::JwtValidator): the claims of a token, shared, so that a clone copies nothing.
///
/// It derefs to the claims.
///
/// # Examples
/// ```
/// use tower_postern::jwt::Jwt;
///
/// #[derive(serde::Deserialize)]
/// struct User { name: String }
///
/// fn greet(user: &Jwt<User>) -> String {
///     format!("hello {}", user.name)
/// }
/// // As a handler's test makes it:
/// assert_eq!(greet(&Jwt::new(User { name: "ann".into() })), "hello ann");
/// ```
pub struct Jwt<C>(Arc<C>);

impl<C> Jwt<C> {
    /// Claims that no token said: for tests of what is behind the validator.
    ///
    /// Those of type [`Claims`] are made by [`Claims::new`].
    pub fn new(claims: C) -> Self {
        Self(Arc::new(claims))
    }
}

impl<C> Deref for Jwt<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.0
    }
}

impl<C> Clone for Jwt<C> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<C: fmt::Debug> fmt::Debug for Jwt<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Jwt").field(&self.0).finish()
    }
}

/// A type that a token's claims are read as: [`Claims`], and all that `serde` can deserialize.
///
/// # Security
/// A type of the service's own is filled from bytes whose signature is good, never before. What does not fit it is a token
/// that is refused, and `serde`'s words about it are dropped, for they quote the token.
#[diagnostic::on_unimplemented(
    message = "the claims of a token cannot be read as `{Self}`",
    note = "use `tower_postern::jwt::Claims`, or `#[derive(serde::Deserialize)]` on a type of your own without borrowed fields"
)]
pub trait ReadClaims: sealed::Sealed + Send + Sync + Sized + 'static {
    #[doc(hidden)]
    fn __read(json: String, grant: &Grant) -> Option<Self>;
}

mod sealed {
    #[expect(unnameable_types, reason = "that is what seals the trait")]
    pub trait Sealed {}
    impl<C: serde::de::DeserializeOwned> Sealed for C {}
    impl Sealed for super::Claims {}
}

impl<C: DeserializeOwned + Send + Sync + 'static> ReadClaims for C {
    fn __read(json: String, _grant: &Grant) -> Option<Self> {
        serde_json::from_str(&json).ok()
    }
}

impl ReadClaims for Claims {
    fn __read(json: String, grant: &Grant) -> Option<Self> {
        Some(Self::new(json, grant.clone()))
    }
}

/// The claims of a token, for services that need no type of their own.
///
/// What every service asks for is in the [`grant`](Self::grant); all else is read with [`get`](Self::get) when it is
/// wanted.
///
/// # Examples
/// ```
/// use http::Request;
/// use tower_postern::{
///     RequestHead, bearer::{AuthError, Credentials, TokenValidator}, jwt::{Claims, Jwt, JwtValidator},
/// };
///
/// fn greet(claims: &Jwt<Claims>) -> Result<String, AuthError> {
///     let name: Option<String> = claims.get("name")?;
///     Ok(format!("hello {}", name.as_deref().or(claims.subject()).unwrap_or("stranger")))
/// }
///
/// let validator = JwtValidator::<Claims>::builder("https://id.example", "orders")
///     .hmac_secret("only an example: take random bytes")
///     .build()?;
/// let request = Request::new(());
/// let head = RequestHead::new(&request);
/// # let good = concat!("eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiOiJvcmRlcnMiLCJzdWIiOiJhbm4iLCJleHAiOj",
/// #     "QxMDI0NDQ4MDB9.y9HAjIU6l4xpEL5acEm7R41kIvQEAYEn_LecENs-4-c");
/// let verified = validator.validate_now(Credentials::new(good, head)).ok_or("it answers at once")??;
/// assert_eq!(greet(&verified.identity)?, "hello ann");
/// assert!(verified.identity.get::<u32>("sub").is_err()); // it is a text
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Claims {
    json: Box<str>,
    grant: Grant,
}

impl Claims {
    /// Claims that no token said: for tests of what is behind the validator.
    ///
    /// `json` is the object that [`get`](Self::get) reads, and `grant` is what policies read, which a validator makes of it.
    ///
    /// # Examples
    /// ```
    /// use tower_postern::{bearer::{Grant, Verified, immediate}, jwt::{Claims, Jwt}};
    ///
    /// let grant = Grant::builder().subject("ann").build();
    /// let claims = Claims::new(r#"{"sub":"ann","name":"Ann"}"#, grant.clone());
    /// assert_eq!(claims.subject(), Some("ann"));
    /// assert_eq!(claims.get::<String>("name")?.as_deref(), Some("Ann"));
    /// assert!(Claims::new("no object", grant.clone()).get::<String>("name").is_err());
    ///
    /// // For handlers that take `Jwt<Claims>`: whatever the token, it is she.
    /// let ann = Verified::new(Jwt::new(claims)).with_grant(grant);
    /// let validator = immediate(move |_| Ok(ann.clone()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(json: impl Into<Box<str>>, grant: Grant) -> Self {
        Self {
            json: json.into(),
            grant,
        }
    }

    /// For whom the token speaks: `sub`.
    pub fn subject(&self) -> Option<&str> {
        self.grant.subject()
    }

    /// What policies read: issuer, subject, client, scopes, times.
    pub fn grant(&self) -> &Grant {
        &self.grant
    }

    /// For whom the token is meant: `aud`.
    pub fn audience(&self) -> Vec<String> {
        read_member(&self.json, "aud")
            .ok()
            .flatten()
            .map_or_else(Vec::new, |Strings(all)| all)
    }

    /// A claim by its name; `None` where it is absent or `null`.
    ///
    /// # Errors
    /// [`ClaimError`] where it is of another type. A handler's `?` makes a 401 of it.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, ClaimError> {
        read_member::<Option<T>>(&self.json, name)
            .map(Option::flatten)
            .map_err(|_it_quotes_the_token| ClaimError(()))
    }

    /// All claims, as the issuer wrote them: a JSON object.
    pub fn as_json(&self) -> &str {
        &self.json
    }
}

/// Neither names nor values: they are people's.
impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims")
            .field("grant", &self.grant)
            .finish_non_exhaustive()
    }
}

/// One string, or an array of them.
struct Strings(Vec<String>);

impl<'de> Deserialize<'de> for Strings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut all = Vec::new();
        EachText(|one: &str, _| all.push(one.to_owned())).deserialize(deserializer)?;
        Ok(Self(all))
    }
}

/// A claim is of another type than the service reads it as: the error of [`Claims::get`].
///
/// Its text holds nothing of the claim.
#[derive(Clone, Debug)]
pub struct ClaimError(());

impl fmt::Display for ClaimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a claim is of another type than it is read as")
    }
}

impl std::error::Error for ClaimError {}

impl From<ClaimError> for AuthError {
    fn from(error: ClaimError) -> Self {
        Self::invalid_token().with_source(error)
    }
}
