# The pages that a customer meets. locales/en says what each message is for.

## Every page

language-label = Idioma
footer-help = Ayuda
footer-privacy = Privacidad
footer-call = Llamar al { $phone }
call-number-unknown = el número que figura en su tarjeta o contrato
title-with-company = { $title } – { $company }
title-with-error = Error: { $title }
request-id = Si necesita ayuda, indique { $id }
error-summary = Hay un problema
close-page = Puede cerrar esta página.

## The reference

reference-label = Referencia que llegó con el enlace
    .without-links = Referencia de esta solicitud
reference-check = El agente debe leérsela primero.
reference-none = El enlace no trae ninguna referencia. Siga solo si usted llamó a { $company } o está en una oficina.
    .without-links = Esta solicitud no tiene referencia. Siga solo si usted llamó a { $company } o está en una oficina.
reference-picked = El agente le lee una referencia. La elegirá después de iniciar sesión.
reference-known-label = Referencia de esta solicitud
reference-known-none = Esta solicitud no tiene referencia. Siga solo si usted llamó a { $company } o está en una oficina.
reference-client = Lo pide: { $client }.
contact-unknown = ¿Le ha llamado alguien por esto?
contact-unexpected = ¿No esperaba esta llamada?
contact-hang-up = Cuelgue y llame usted a { $company }: { $number }.
contact-customer-called = El agente dice: usted llamó a { $company }.
contact-customer-called-check = ¿Le han llamado a usted? Es un fraude. Cuelgue.
contact-company-called = El agente dice: { $company } le llamó a usted.
contact-branch = El agente dice: usted está en una oficina.
contact-branch-check = ¿Está al teléfono? Es un fraude. Cuelgue.

## Time

time-left = Responda en un plazo de { $minutes ->
    [one] un minuto
   *[other] { $minutes } minutos
  } desde que abrió esta página.
time-nearly-over = Queda menos de un minuto para responder.
time-over = Se acabó el tiempo para responder. Pida al agente un enlace nuevo.
    .without-links = Se acabó el tiempo para responder. Pida al agente un código nuevo.

## The request

request-title = Un agente pide acceso a su cuenta
request-title-identity = Un agente le pide que confirme que es usted
sign-in-promise = Iniciar sesión todavía no permite nada. Usted decide en la página siguiente.
sign-in-more = Otras maneras de iniciar sesión
passkey-continue = Usar llave de acceso
passkey-asks = Su teléfono le pedirá el rostro, la huella o el bloqueo de pantalla.
passkey-elsewhere = ¿Ve un código QR? Entonces este teléfono no tiene una llave de acceso nuestra. Ciérrelo y elija otra manera.
passkey-asking = Esperando a su dispositivo…
passkey-away = El rostro, la huella o el bloqueo de pantalla no funcionan aquí en este momento. No se ha permitido nada. Elija otra forma.
passkey-not-stopped = Aún no se ha rechazado. La solicitud sigue abierta.
passkey-stop-otherwise = Rechazar sin llave
mail-address-label = Su correo electrónico
mail-send = Enviarme un enlace
    .without-links = Enviarme un código
mail-known = Podemos enviar un enlace a { $address }.
    .without-links = Podemos enviar un código a { $address }.
mail-another-address = Otro correo electrónico
mail-address-invalid = Escriba un correo electrónico como nombre@example.com
social-continue = Continuar con { $provider }
not-on-a-call-link = ¿Dudas? Parar aquí
embedded-browser-title = En esta ventana no funciona todo
embedded-browser-text = Ha abierto el enlace dentro de otra aplicación. Aquí no funcionan todas las formas de iniciar sesión.
    .without-links = Esta página está abierta dentro de otra aplicación. Aquí no funcionan todas las formas de iniciar sesión.
embedded-browser-open = Continuar en su navegador
notice-sign-in-failed = No ha funcionado y no se ha permitido nada. Inténtelo de nuevo o elija otra forma.
notice-sign-in-cancelled = El inicio de sesión se ha detenido. No se ha permitido nada. Inténtelo de nuevo o elija otra forma.
notice-sign-in-denied = El inicio de sesión se ha cancelado o esa cuenta no está vinculada con la suya aquí. No se ha permitido nada. Inténtelo de nuevo o elija otra forma.
notice-sign-in-expired = Inicie sesión de nuevo para continuar.
notice-passkey-changed = Esta llave de acceso ha cambiado y ya no sirve aquí. No se ha permitido nada. Inicie sesión de otra forma.

## The first page: the code that an agent reads out

code-title = Escriba el código que le lee el agente
code-label = Código del agente
code-hint = Ocho letras y números. Los espacios y guiones no importan.
code-never-links = Nunca enviamos enlaces. Un mensaje con un enlace no es nuestro.
code-wrong = Este código no funciona.
code-wrong-next = Es incorrecto, ya se usó o caducó. Pida al agente que lo lea otra vez o que le dé otro.

## Mail

mail-sent-title = Mire su correo
mail-sent-lead = Si { $address } pertenece a un cliente de { $company }, hay un correo en camino.
mail-known-lead = Hay un correo en camino a { $address }.
mail-late-lead = Si { $address } pertenece a un cliente de { $company }, llegará un correo. Se retrasa: aún no hemos podido enviarlo y lo seguimos intentando. Puede esperar o elegir otra forma más abajo.
mail-sent-next = Abra el enlace del correo, en este teléfono o en otro dispositivo. La sesión se inicia solo donde lo abra.
    .without-links = Contiene un código. Nunca enviamos enlaces.
mail-code-heading = O escriba aquí el código del correo
    .without-links = Escriba aquí el código del correo
mail-code-label = Código del correo
mail-code-hint = Puede pegarlo. Los espacios y guiones no importan.
mail-code-continue = Continuar
mail-code-secret = Escríbalo solo en esta página. Quien se lo pida por teléfono o en un mensaje es un estafador.
mail-code-wrong = Este código es incorrecto o demasiado antiguo. Compruébelo o pida otro correo.
mail-not-arrived = ¿Aún no ha llegado el correo?
mail-not-arrived-text = Puede tardar un minuto. Mire también en la carpeta de correo no deseado.
mail-send-again = Enviar otro correo
mail-sent-again = Hay otro correo en camino, si la dirección pertenece a un cliente.
mail-other-address = Usar otra dirección u otra forma
mail-other-way = Usar otra forma
mail-done-elsewhere = Ya he respondido en otra pantalla
mail-progress-here = Ha iniciado sesión.
mail-progress-decide = Continuar
mail-progress-elsewhere = La sesión está iniciada en otra pantalla. Continúe allí.
mail-progress-done = Esta solicitud ya tiene respuesta.
mail-progress-outcome = Ver la respuesta

mail-continue-title = Continuar con la solicitud
mail-continue-lead = Ha abierto el enlace de nuestro correo. Continúe para iniciar sesión en esta pantalla y ver qué pide el agente.
mail-continue-nothing-yet = Esto todavía no permite nada. Usted decide en la página siguiente.
mail-continue-button = Continuar
mail-continue-button-as = Continuar como { $address }
mail-pick-title = ¿Qué referencia le ha dado el agente?
mail-pick-hint = Elija la que le lea el agente. Si no está hablando con ningún agente, cierre esta página.
mail-pick-missing = Elija una referencia
mail-pick-none = Ninguna de estas, o nadie me ha leído ninguna
pick-none = Ninguna
mail-type-title = Escriba el código del correo
mail-type-lead = Ha abierto el enlace en una pantalla distinta de la que lo pidió. Escriba el código del mismo correo. Si usted no pidió ese correo, cierre esta página.

## The decision

decision-title = ¿Permitir que este agente acceda a su cuenta?
decision-title-identity = ¿Confirmar a este agente que es usted?
decision-what = Un agente de { $company } podrá entonces
decision-signed-in-as = Sesión iniciada como { $account }
decision-answers-as = Usted responde como { $account }
decision-answers-by-mail = Nuestro correo inicia su sesión como { $account }
decision-signed-in-by-mail = Sesión iniciada con nuestro correo como { $account }
decision-switch = ¿No es usted?
decision-question = ¿Le ha leído el agente esta referencia?
decision-question-no-reference = ¿Está hablando ahora mismo con un agente de { $company }?
decision-allow = Sí, permitir
decision-deny = No, rechazar
decision-slow = La conexión es lenta. Deje esta página abierta. Puede pulsar otra vez: solo cuenta una vez.
ability-openid = saber que habla con usted
ability-profile = ver su nombre y su perfil
ability-email = ver su correo electrónico
ability-phone = ver su número de teléfono
ability-address = ver su dirección postal
ability-offline-access = conservar este acceso después de la conversación, hasta que se retire
ability-other = hacer lo que { $company } llama «{ $scope }»
ability-unstated = actuar en su cuenta por usted, hasta donde { $company } se lo permite a sus agentes

not-on-a-call-title = ¿No está hablando con un agente o tiene dudas?
not-on-a-call-lead = Entonces puede que alguien intente entrar en su cuenta. No permita nada.
not-on-a-call-stop = Rechazar esta solicitud
not-on-a-call-report-lead = No permita nada. Puede que alguien intente entrar en su cuenta.
not-on-a-call-report = Avisar de esta solicitud
not-on-a-call-back = Volver, sí estoy hablando con un agente
advice-heading = Qué hacer ahora
advice-hang-up = Si alguien está al teléfono, cuelgue.
advice-call = Llame usted a { $company }: { $number }.
advice-never = No dé nunca un código a nadie ni reenvíe el enlace.
    .without-links = No dé nunca un código a nadie. Nunca enviamos enlaces.

## Outcomes

allowed-title = Acceso permitido
allowed-lead = { $company } ha confirmado su respuesta. El agente ya puede ayudarle.
allowed-next = ¿Ha cambiado de idea o duda de con quién habla? Llame enseguida a { $company }: { $number }.
allowed-before-lead = Ya se había permitido antes. Llame a { $company } de inmediato: { $number }.
stopped-title = Solicitud rechazada
stopped-lead = { $company } ha confirmado su respuesta. El agente no obtiene acceso con esta solicitud.
stopped-next = Si no esperaba esto, llame: { $number }.
picked-wrong = La referencia elegida no es la de esta solicitud. No se ha permitido nada.
picked-wrong-again = ¿La eligió por error? Pida al agente que empiece de nuevo.
picked-wrong-doubt = ¿Es la que le leyó el agente? Cuelgue y llame usted a { $company }: { $number }.
picked-wrong-unsent = Esto todavía no ha llegado a { $company }.
picked-wrong-unknown = Esto se envió a { $company } y no llegó ninguna confirmación.
reported-title = Aviso registrado
reported-lead = Gracias. Hemos anotado que no está hablando con un agente. En esta pantalla no se ha permitido nada.
reported-next = No inicie sesión con este enlace, le digan lo que le digan. El enlace dejará de funcionar por sí solo.
    .without-links = No inicie sesión para esta solicitud, le digan lo que le digan. Dejará de funcionar por sí sola.
reported-mistake = ¿Ha avisado por error? Pida un enlace nuevo.
    .without-links = ¿Ha avisado por error? Pida un código nuevo.
reported-before = Este enlace fue denunciado. Siga solo si llamó usted.
    .without-links = Esta solicitud fue denunciada. Siga solo si llamó usted.
decided-elsewhere-waiting-title = Aún sin respuesta
decided-elsewhere-waiting-lead = Aún no tenemos respuesta a esta solicitud. Responda en la pantalla donde inició sesión y mire otra vez.
look-again = Mirar otra vez
asking-title = Enviando su respuesta a { $company }
asking-lead = Su respuesta está en camino. Vuelva a mirar dentro de unos segundos.
asking-next = Mientras tanto, no cierre esta página, por favor.
unsent-approve-lead = Ha respondido «Sí, permitir». La respuesta aún no ha llegado a { $company }.
unsent-deny-lead = Ha respondido «No, rechazar». La respuesta aún no ha llegado a { $company }.
unsent-next = Lo seguimos intentando. También puede enviarla ahora.
unknown-title = Aún no sabemos si ha funcionado
unknown-approve-lead = Ha respondido «Sí, permitir». Se envió a { $company } y no llegó ninguna confirmación.
unknown-deny-lead = Ha respondido «No, rechazar». Se envió a { $company } y no llegó ninguna confirmación.
unknown-next = Envíe otra vez la misma respuesta. Solo cuenta una vez.
unknown-send-again = Enviar otra vez
unknown-call = Si duda de con quién habla, llame a { $company }: { $number }.
unclear-title = No pudimos confirmar su respuesta
unclear-approve-lead = Ha respondido «Sí, permitir». Se envió, y no pudimos obtener una confirmación.
unclear-approve-next = Pregunte al agente qué ve, o llame: { $number }.
unclear-deny-lead = Ha respondido «No, rechazar». Se envió, y no pudimos obtener una confirmación.
unclear-deny-next = Llame y pregunte si se ha permitido algo: { $number }.
passkey-offer-title = La próxima vez, con el rostro o la huella
passkey-offer-text = Añada una llave de acceso a este dispositivo y no necesitará ningún correo.
passkey-offer-add = Añadir una llave de acceso
passkey-added-title = Llave de acceso añadida
passkey-added-lead = La próxima vez puede usar el rostro, la huella o el bloqueo de pantalla.
passkey-not-added = La llave de acceso no se ha añadido. Su respuesta no cambia.
passkey-exists = Ya hay una llave de acceso para esta cuenta en este dispositivo. Puede usarla la próxima vez.

## In another browser

elsewhere-title = Continuar en su navegador
elsewhere-lead = Copie esta dirección y ábrala en el navegador que usa normalmente. Sirve durante cinco minutos y una sola vez. No se la envíe a nadie.
elsewhere-address = Dirección para copiar
elsewhere-copy = Copiar la dirección
elsewhere-copied = La dirección está copiada.
elsewhere-open = Abrir en el navegador
elsewhere-open-plain = Si no ocurre nada, use este enlace
elsewhere-continue-title = Continuar con la solicitud
elsewhere-continue-lead = Ha traído una solicitud desde otra ventana. Continúe para verla aquí.

## Problems: what happened, and what to do

problem-link-malformed = Este enlace no está completo
problem-link-malformed-what = Falta una parte de la dirección o ha sido modificada.
problem-link-malformed-next = Abra otra vez el enlace desde el mensaje que recibió. Si no funciona, pida al agente uno nuevo.
problem-request-unknown = No encontramos esta solicitud
problem-request-unknown-what = Se abrió en otro navegador, se acabó su tiempo o este navegador no guarda cookies.
problem-request-unknown-next = Abra otra vez el enlace desde el mensaje que recibió, en su navegador habitual y con las cookies permitidas. Si no funciona, pida al agente uno nuevo.
    .without-links = Escriba otra vez el código en nuestra primera página, en su navegador habitual y con las cookies permitidas. Si no funciona, pida al agente uno nuevo.
problem-request-expired = Se acabó el tiempo
problem-request-expired-what = Esta solicitud no se respondió a tiempo. No se ha permitido nada.
problem-request-expired-next = Pida al agente un enlace nuevo.
    .without-links = Pida al agente un código nuevo.
problem-withdrawn = La solicitud se ha retirado
problem-withdrawn-what = El agente ha retirado esta solicitud. No se ha permitido nada.
problem-withdrawn-next = No tiene que hacer nada. Si el agente aún necesita su respuesta, le enviará un enlace nuevo.
    .without-links = No tiene que hacer nada. Si el agente aún necesita su respuesta, le dará un código nuevo.
problem-already-decided = Esta solicitud ya tiene respuesta
problem-already-decided-what = Ya se permitió o se rechazó, y aquí no se puede cambiar.
problem-already-decided-next = Si no fue usted, llame: { $number }.
problem-not-accepted = Su respuesta no se ha aceptado
problem-not-accepted-what = Puede que la solicitud haya caducado, que ya se haya respondido, que sea para otra cuenta o que su enlace no estuviera completo.
    .without-links = Puede que la solicitud haya caducado, que ya se haya respondido o que sea para otra cuenta.
problem-not-accepted-next = Pregunte al agente qué ve y, si hace falta, pídale un enlace nuevo.
    .without-links = Pregunte al agente qué ve y, si hace falta, pídale un código nuevo.
problem-wrong-account = Esta solicitud es para otra cuenta
problem-wrong-account-what = La cuenta en la que ha iniciado sesión no es la que pidió el agente. Con ella no se ha permitido nada.
problem-wrong-account-next = Inicie sesión en la cuenta correcta o dígaselo al agente.
problem-message-mismatch = Este enlace ha sido modificado
problem-message-mismatch-what = Su referencia no es la que tiene el agente. Con él no se ha permitido nada.
problem-message-mismatch-next = No siga. Cuelgue y llame usted a { $company }: { $number }.
problem-provider-unreachable = No podemos conectar en este momento
problem-provider-unreachable-what = Un servicio que necesitamos no ha respondido. No se ha permitido nada.
problem-provider-unreachable-next = Espere un momento e inténtelo de nuevo.
problem-outcome-unknown = No pudimos confirmar la respuesta
problem-outcome-unknown-what = Esta solicitud recibió una respuesta. Se envió, y no llegó ninguna confirmación antes de que se acabara el tiempo.
problem-outcome-unknown-next = Llame y pregunte si se ha permitido algo: { $number }.
problem-sign-in-required = Inicie sesión de nuevo
problem-sign-in-required-what = Su sesión ha terminado para protegerle.
problem-sign-in-required-next = Vuelva a la solicitud e inicie sesión.
problem-sign-in-failed = No ha funcionado
problem-sign-in-failed-what = No hemos podido iniciar su sesión. No se ha permitido nada.
problem-sign-in-failed-next = Vuelva a la solicitud e inténtelo de nuevo, o elija otra forma.
problem-mail-link-spent = Este correo es demasiado antiguo
problem-mail-link-spent-what = Su enlace ya se usó, alguien eligió con él una referencia equivocada, lo sustituyó un correo más nuevo o se acabó su tiempo.
    .without-links = Su código ya se usó, lo sustituyó un correo más nuevo o se acabó su tiempo.
problem-mail-link-spent-next = Vuelva a la página en la que lo pidió. Escriba allí el código del correo o pida otro correo.
problem-wrong-reference = Esa no es la referencia del agente
problem-wrong-reference-what = Este enlace ya no sirve en esta pantalla y con él no se ha permitido nada.
problem-wrong-reference-next = Si nadie le ha leído ninguna, cuelgue. Si pidió usted este correo, vuelva a la página en la que lo pidió. Abra allí el enlace, escriba el código del correo o pida otro correo.
problem-code-wrong = Este código no sirve
problem-code-wrong-what = El código es incorrecto o demasiado antiguo. No se ha permitido nada.
problem-code-wrong-next = Compruebe el código en el correo más reciente o pida otro.
problem-too-many-tries = Demasiados intentos
problem-too-many-tries-what = Para proteger su cuenta hacemos una breve pausa.
problem-too-many-tries-next = Espere unos minutos e inténtelo de nuevo. Si tiene prisa, dígaselo al agente.
problem-too-many-tries-wait = Espere { $seconds ->
    [one] un segundo
   *[other] { $seconds } segundos
  } e inténtelo de nuevo. Si tiene prisa, dígaselo al agente.
problem-too-many-tries-wait-minutes = Espere { $minutes ->
    [one] un minuto
   *[other] { $minutes } minutos
  } e inténtelo de nuevo. Si tiene prisa, dígaselo al agente.
problem-cross-site = Esto no vino de nuestra página
problem-cross-site-what = El botón se pulsó en otro sitio web, así que no hemos hecho nada.
problem-cross-site-next = Abra otra vez el enlace desde el mensaje que recibió.
    .without-links = Escriba en nuestra primera página el código que le lee el agente.
problem-page-unknown = Esta página no existe
problem-page-unknown-what = La dirección es incorrecta o la página ya no está.
problem-page-unknown-next = Abra otra vez el enlace desde el mensaje que recibió.
    .without-links = Escriba en nuestra primera página el código que le lee el agente.
problem-method-not-allowed = Esta página no se puede abrir así
problem-method-not-allowed-what = Su dirección corresponde a un botón de una de nuestras páginas. No se ha hecho nada.
problem-method-not-allowed-next = Abra otra vez el enlace desde el mensaje que recibió y pulse allí el botón.
    .without-links = Escriba en nuestra primera página el código que le lee el agente.
problem-content-too-large = Era demasiado largo
problem-content-too-large-what = Se envió más texto del que admite esta página. No se ha hecho nada.
problem-content-too-large-next = Vuelva atrás e inténtelo de nuevo con menos texto.
problem-form-malformed = No hemos podido leerlo
problem-form-malformed-what = Falta una parte de lo que envió su navegador o ha sido modificada. No se ha hecho nada.
problem-form-malformed-next = Abra otra vez el enlace desde el mensaje que recibió.
    .without-links = Escriba en nuestra primera página el código que le lee el agente.
problem-internal = Algo ha fallado por nuestra parte
problem-internal-what = No hemos podido terminar. El fallo es nuestro, no suyo.
problem-internal-next = Espere un momento e inténtelo de nuevo, o dígaselo al agente.
problem-back = Volver a la solicitud
problem-switch = Iniciar sesión en otra cuenta
problem-again = Intentar de nuevo

## The embedded provider's own pages: choosing where to sign in, and signing out.

provider-choose-title = ¿Dónde quiere iniciar sesión?
provider-choose-text = Elija la cuenta que utiliza con { $company }.
provider-choose-cancel = Cancelar
provider-logout-title = ¿Quiere cerrar la sesión?
provider-logout-text = Después volverá a la página de la que venía.
provider-logout-button = Cerrar sesión
provider-logout-done = Ha cerrado la sesión
provider-logout-close = Puede cerrar esta página.
provider-logout-refused = No se ha podido cerrar la sesión
provider-logout-refused-text = La página que le envió aquí ha cometido un error. Vuelva a ella y cierre la sesión allí.
